/** The size of the court, in the units of its SVG element. */
const [WIDTH, HEIGHT] = [400, 240];
const PADDLE = { width: 6, height: 48, margin: 18 };
const RADIUS = 5;
/** In units for each second: the ball at a serve, the ball at most, and its vertical speed after it hits the edge of a paddle. */
const SPEED = { serve: 170, highest: 400, edge: 150 };

/** A paddle; `y` is its middle. */
class Paddle {
  y = HEIGHT / 2;
  /** The side that the ball meets. */
  readonly face: number;

  constructor(face: number) {
    this.face = face;
  }

  /** Moves as far as wanted, but at most `most`, and stays on the court. */
  move(way: number, most: number): void {
    const y = this.y + Math.min(Math.max(way, -most), most);
    this.y = Math.min(Math.max(y, PADDLE.height / 2), HEIGHT - PADDLE.height / 2);
  }
}

class Ball {
  x = WIDTH / 2;
  y = HEIGHT / 2;
  private speed = { x: 0, y: 0 };

  /** Puts it in the middle. It will fly to you, downwards at the first serve and upwards at the next. */
  place(serves: number): void {
    this.x = WIDTH / 2;
    this.y = HEIGHT / 2;
    this.speed = { x: -SPEED.serve, y: SPEED.serve * (serves % 2 === 0 ? 0.55 : -0.55) };
  }

  get isInPlay(): boolean {
    return this.x > 0 && this.x < WIDTH;
  }

  get isLost(): boolean {
    return this.x <= 0;
  }

  /** Flies for a time. Returns the paddle that sends it back, if there is one. */
  fly(seconds: number, you: Paddle, computer: Paddle): Paddle | undefined {
    const { x, y } = this.speed;
    const paddle = x < 0 ? you : computer;
    const wasBefore = this.isBefore(paddle);
    this.x += x * seconds;
    this.y += y * seconds;
    if (this.y < RADIUS || this.y > HEIGHT - RADIUS) {
      this.y = Math.min(Math.max(this.y, RADIUS), HEIGHT - RADIUS);
      this.speed.y = -y;
    }
    if (!wasBefore || this.isBefore(paddle)) return undefined;
    const offset = (this.y - paddle.y) / (PADDLE.height / 2 + RADIUS);
    if (Math.abs(offset) > 1) return undefined;
    this.x = paddle.face;
    this.speed = { x: -Math.sign(x) * Math.min(Math.abs(x) * 1.06, SPEED.highest), y: offset * SPEED.edge };
    return paddle;
  }

  /** True until it has reached the line of a paddle that it flies to. */
  private isBefore({ face }: Paddle): boolean {
    return this.speed.x < 0 ? this.x > face : this.x < face;
  }
}

/** The court of Pong, drawn in an SVG element. */
export class Court {
  readonly you = new Paddle(PADDLE.margin + PADDLE.width);
  readonly computer = new Paddle(WIDTH - PADDLE.margin - PADDLE.width);
  readonly ball = new Ball();
  private readonly svg: SVGSVGElement;
  private readonly shapes: Record<'net' | 'you' | 'computer' | 'ball', SVGElement>;

  constructor(svg: SVGSVGElement) {
    const { width, height, margin } = PADDLE;
    this.svg = svg;
    this.shapes = {
      net: shape('line', { x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: HEIGHT }),
      you: shape('rect', { x: margin, width, height, rx: width / 2 }),
      computer: shape('rect', { x: WIDTH - margin - width, width, height, rx: width / 2 }),
      ball: shape('circle', { r: RADIUS }),
    };
    for (const [name, each] of Object.entries(this.shapes)) each.classList.add(name);
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.replaceChildren(...Object.values(this.shapes));
    this.draw();
  }

  draw(): void {
    const { you, computer, ball } = this.shapes;
    set(you, { y: this.you.y - PADDLE.height / 2 });
    set(computer, { y: this.computer.y - PADDLE.height / 2 });
    set(ball, { cx: this.ball.x, cy: this.ball.y });
  }

  close(): void {
    this.svg.replaceChildren();
  }
}

function shape(name: string, attributes: Record<string, number>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name) as SVGElement;
  set(element, attributes);
  return element;
}

function set(element: SVGElement, attributes: Record<string, number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
