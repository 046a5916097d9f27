import { emitKeypressEvents } from 'node:readline';
import { ENDING } from '../ending.ts';
import type { ScreenLine } from './picture.ts';

/** What `greenhub top` needs of a terminal. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines instead of what is there. */
  show(lines: readonly ScreenLine[]): void;
  /** Calls `fn` with the name of each key, and with an empty one when the size has changed. */
  onKey(fn: (key: string) => void): void;
  /** Makes the terminal what it was. */
  restore(): void;
}

/** A screen without a cursor. Lines do not wrap: a terminal may show a character wider than we count. */
const ENTER = '\u001b[?1049h\u001b[?7l\u001b[?25l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const INVERSE = '\u001b[7m';
const PLAIN = '\u001b[0m';

/** The terminal of this process. It shows a screen of its own until `restore()`. */
export class OwnTerminal implements Terminal {
  private readonly onExit = (): void => this.restore();
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    this.restore();
    process.kill(process.pid, signal);
  };
  private isTaken = false;
  private isEntered = false;

  get columns(): number {
    return process.stdout.columns;
  }

  get rows(): number {
    return process.stdout.rows;
  }

  show(lines: readonly ScreenLine[]): void {
    this.enter();
    // Cleared before, because a terminal may clear the last column behind a line that is full.
    const shown = lines.map(({ text, isMarked }) => CLEAR_LINE + (isMarked ? `${INVERSE}${text}${PLAIN}` : text));
    process.stdout.write(`${HOME}${shown.join('\r\n')}${CLEAR_BELOW}`);
  }

  onKey(fn: (key: string) => void): void {
    const { stdin, stdout } = process;
    this.take();
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.on('keypress', (text: string | undefined, { name, ctrl }: { name?: string; ctrl?: boolean }) =>
      fn(ctrl === true ? `ctrl-${name}` : (name ?? text ?? '')),
    );
    stdin.resume();
    stdout.on('resize', () => fn(''));
  }

  restore(): void {
    process.off('exit', this.onExit);
    for (const signal of ENDING) process.off(signal, this.onSignal);
    this.isTaken = false;
    process.stdin.setRawMode(false);
    process.stdin.pause();
    if (this.isEntered) process.stdout.write(LEAVE);
    this.isEntered = false;
  }

  private enter(): void {
    this.take();
    if (this.isEntered) return;
    this.isEntered = true;
    process.stdout.write(ENTER);
  }

  /** From now on, the terminal is given back whenever the process ends. */
  private take(): void {
    if (this.isTaken) return;
    this.isTaken = true;
    process.on('exit', this.onExit);
    for (const signal of ENDING) process.on(signal, this.onSignal);
  }
}
