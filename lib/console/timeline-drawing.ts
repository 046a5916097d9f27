import type { Span, TimelinePage } from '../inspect/console/protocol.ts';
import { resolved } from './theme.ts';
import type { Place } from './timeline.tsx';

/** In pixels. */
export const ROW_HEIGHT = 26;
export const LOOP_HEIGHT = 34;
const AXIS_HEIGHT = 22;
const RUN_HEIGHT = 16;
const WAIT_HEIGHT = 4;
/** The faintest colour of a span in which a greenlet hardly ran. */
const FAINTEST = 0.3;

/** Draws the timeline: the rows, what blocks the event loop, the times, and the place that is pointed at. */
export function draw(canvas: HTMLCanvasElement, page: TimelinePage, place: Place | null, width: number): void {
  const height = LOOP_HEIGHT + page.rows.length * ROW_HEIGHT + AXIS_HEIGHT;
  const ratio = devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(ratio, ratio);
  new Drawing(canvas, context, page, width, height).all(place);
}

class Drawing {
  private readonly context: CanvasRenderingContext2D;
  private readonly page: TimelinePage;
  private readonly width: number;
  private readonly height: number;
  private readonly colors: Readonly<Record<'runs' | 'ready' | 'waits' | 'blocked' | 'line' | 'faint' | 'text', string>>;
  private readonly font: string;

  constructor(
    canvas: HTMLCanvasElement,
    context: CanvasRenderingContext2D,
    page: TimelinePage,
    width: number,
    height: number,
  ) {
    this.context = context;
    this.page = page;
    this.width = width;
    this.height = height;
    const colorOf = (name: string): string => resolved(canvas, `var(--${name})`);
    this.colors = {
      runs: colorOf('accent'),
      ready: colorOf('ready'),
      waits: resolved(canvas, 'color-mix(in srgb, var(--waiting) 45%, var(--panel))'),
      blocked: colorOf('danger'),
      line: colorOf('line'),
      faint: colorOf('faint'),
      text: colorOf('text'),
    };
    this.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  }

  all(place: Place | null): void {
    this.times();
    this.bands();
    const { loop, rows } = this.page;
    this.spans(loop, LOOP_HEIGHT / 2);
    for (const [i, { spans }] of rows.entries()) this.spans(spans, LOOP_HEIGHT + (i + 0.5) * ROW_HEIGHT);
    if (place !== null) this.cross(place);
  }

  /** Lines at whole seconds, or tenths, before now. */
  private times(): void {
    const { context, width, height } = this;
    const { span } = this.page;
    const most = Math.max(2, Math.floor(width / 90));
    const step = [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000].find((each) => span / each <= most) ?? span;
    context.font = this.font;
    context.textBaseline = 'bottom';
    for (let ago = 0; ago <= span; ago += step) {
      const x = this.xOf(span - ago);
      context.fillStyle = this.colors.line;
      context.fillRect(Math.min(Math.round(x), width - 1), 0, 1, height - AXIS_HEIGHT + 4);
      context.fillStyle = this.colors.faint;
      context.textAlign = ago === 0 ? 'right' : x < 20 ? 'left' : 'center';
      context.fillText(ago === 0 ? 'now' : `−${ago / 1_000} s`, x, height - 2);
    }
  }

  /** Where the event loop is blocked, in all rows. */
  private bands(): void {
    const { context, height } = this;
    context.fillStyle = this.colors.blocked;
    for (const { from, to } of this.page.blocks) {
      const x = this.xOf(from);
      const width = Math.max(2, this.xOf(to) - x);
      context.globalAlpha = 0.14;
      context.fillRect(x, 0, width, height - AXIS_HEIGHT);
      context.globalAlpha = 1;
      context.fillRect(x, 0, width, 3);
    }
  }

  private spans(spans: readonly Span[], middle: number): void {
    const { context, colors } = this;
    for (const [from, to, share, what] of spans) {
      const x = this.xOf(from);
      const width = Math.max(1, this.xOf(to) - x);
      const isWait = share === 0 && this.page.names[what] !== '';
      const height = share > 0 ? RUN_HEIGHT : isWait ? WAIT_HEIGHT : WAIT_HEIGHT * 2;
      context.fillStyle = share > 0 ? colors.runs : isWait ? colors.waits : colors.ready;
      context.globalAlpha = share > 0 ? FAINTEST + (1 - FAINTEST) * Math.sqrt(share) : 1;
      context.fillRect(x, middle - height / 2, width, height);
    }
    context.globalAlpha = 1;
  }

  private cross({ row, at }: Place): void {
    const { context, width, height } = this;
    const top = row === 0 ? 0 : LOOP_HEIGHT + (row - 1) * ROW_HEIGHT;
    context.fillStyle = this.colors.text;
    context.globalAlpha = 0.07;
    context.fillRect(0, top, width, row === 0 ? LOOP_HEIGHT : ROW_HEIGHT);
    context.globalAlpha = 0.7;
    context.fillRect(Math.min(Math.round(this.xOf(at)), width - 1), 0, 1, height - AXIS_HEIGHT + 4);
    context.globalAlpha = 1;
  }

  private xOf(at: number): number {
    return (at / this.page.span) * this.width;
  }
}
