import type { ScreenLine } from '../../lib/command/top/picture.ts';
import type { Terminal } from '../../lib/command/top/terminal.ts';

/** A terminal of 80 x 24. It presses the next key whenever something is shown. */
export class PretendTerminal implements Terminal {
  readonly columns = 80;
  readonly rows = 24;
  /** What was shown, line by line. The marked line begins with a star. */
  readonly screens: string[] = [];
  isRestored = false;
  private readonly keys: string[];
  private press: (key: string) => void = () => {};

  constructor(...keys: string[]) {
    this.keys = keys;
  }

  show(lines: readonly ScreenLine[]): void {
    this.screens.push(lines.map(({ text, isMarked }) => (isMarked ? `* ${text}` : text)).join('\n'));
    const key = this.keys.shift();
    if (key !== undefined) setImmediate(() => this.press(key));
  }

  onKey(fn: (key: string) => void): void {
    this.press = fn;
  }

  restore(): void {
    this.isRestored = true;
  }
}
