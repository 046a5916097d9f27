import { availableParallelism } from 'node:os';
import { host } from '../../hub/loop/host.ts';
import { hub } from '../../hub/loop/hub.ts';

/** How long a thread looks for a message, in milliseconds. About as long as it takes to put it to sleep and to wake it again. */
const PATIENCE = 0.03;
/** A message that takes longer was sent by a thread that was not running: to wait for it has only taken time from others. */
const QUICK = 0.02;
/** The longest time without a turn of the event loop, in milliseconds. */
const LONGEST = 1;
/** After so many vain searches in a row, it searches seldom: while the last bits of the number of messages are below this. */
const TRIES = 8;
const BITS = 0xff;

/** On one core, the thread that we wait for could not run meanwhile. */
const HAS_CORES = availableParallelism() > 1;

/**
 * Looks for the next message of another thread for a moment, instead of going to sleep at once. To wake a sleeping thread costs
 * several times more than a short task, for both threads. If messages take longer to come, it does not look.
 */
export class Polling {
  private readonly receiveNow: () => boolean;
  private isPolling = false;
  private vain = 0;

  /** @param receiveNow handles the next message, if there is one */
  constructor(receiveNow: () => boolean) {
    this.receiveNow = receiveNow;
  }

  /**
   * Called when there is nothing else to do. Returns when there is.
   *
   * @param count how many messages have come. It is about the same in both threads, so that they search at the same time: a
   *   search is worthwhile only if the other thread is awake
   */
  poll(count: number): void {
    if (this.isPolling || hub.hasReady || !HAS_CORES) return;
    if (this.vain >= TRIES && (count & BITS) >= TRIES) return;
    this.isPolling = true;
    this.vain = this.look() ? 0 : this.vain + 1;
    this.isPolling = false;
  }

  /** Returns true if the first message came quickly. */
  private look(): boolean {
    const begun = host.now();
    let deadline = begun + PATIENCE;
    let isWorthwhile: boolean | null = null;
    for (;;) {
      const isThere = this.receiveNow();
      const now = host.now();
      if (isThere) {
        isWorthwhile ??= now - begun < QUICK;
        deadline = Math.min(now + PATIENCE, begun + LONGEST);
      }
      if (hub.hasReady || now >= deadline) return isWorthwhile ?? hub.hasReady;
    }
  }
}
