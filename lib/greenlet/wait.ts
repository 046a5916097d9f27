import type { RawGreenlet } from './raw-greenlet.ts';

/** The wait of a parked greenlet. */
export interface Wait {
  /** Names what it waits for, in messages. */
  describe(): string;
  /** The object or the greenlet that it waits at; null if it is none of the library's. */
  at(): object | null;
  /** Cancels the wait, so that it takes nothing later. */
  abort(): void;
  /** The known greenlets that could end the wait. They are the edges of the deadlock report. */
  blockers(): Iterable<RawGreenlet>;
  /** True if the wait takes or changes something when it ends: such an end must not be lost. */
  readonly mayHold: boolean;
}
