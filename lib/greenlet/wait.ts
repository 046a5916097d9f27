import type { RawGreenlet } from './raw-greenlet.ts';

/** What a parked greenlet waits on. */
export interface Wait {
  /** What it waits for, as messages name it. */
  describe(): string;
  /** Withdraws the wait, so that it takes nothing later. */
  abort(): void;
  /** The greenlets that could end the wait, as far as they are known: the edges of the deadlock report. */
  blockers(): Iterable<RawGreenlet>;
}
