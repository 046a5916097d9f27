/** Follows the player's keys, mouse or finger on the court. */
export class Controls {
  /** True from the press of Space or of the pointer, until `forgetServe()`. */
  isServed = false;
  /** The keys that are down. */
  private readonly held = new Set<string>();
  /** Where the pointer is, in units of the court. Undefined once a key counts. */
  private goal: number | undefined;
  private readonly court: SVGSVGElement;
  private readonly listening = new AbortController();

  constructor(court: SVGSVGElement) {
    this.court = court;
    const { signal } = this.listening;
    court.addEventListener('keydown', (event) => this.press(event), { signal });
    court.addEventListener('keyup', ({ key }) => this.held.delete(key), { signal });
    court.addEventListener('blur', () => this.held.clear(), { signal });
    court.addEventListener('pointermove', (event) => this.point(event), { signal });
    court.addEventListener('pointerdown', (event) => this.serve(event), { signal });
  }

  /** How far up (negative) or down a paddle at this height should move. */
  way(y: number): number {
    if (this.held.has('ArrowUp')) return -Infinity;
    if (this.held.has('ArrowDown')) return Infinity;
    return (this.goal ?? y) - y;
  }

  forgetServe(): void {
    this.isServed = false;
  }

  close(): void {
    this.listening.abort();
  }

  private press(event: KeyboardEvent): void {
    const { key } = event;
    if (key === ' ') this.isServed = true;
    else if (key === 'ArrowUp' || key === 'ArrowDown') {
      this.held.add(key);
      this.goal = undefined;
    } else return;
    // The page must not scroll.
    event.preventDefault();
  }

  private point({ clientY }: PointerEvent): void {
    const { top, height } = this.court.getBoundingClientRect();
    this.goal = ((clientY - top) / height) * this.court.viewBox.baseVal.height;
  }

  private serve(event: PointerEvent): void {
    this.point(event);
    this.isServed = true;
  }
}
