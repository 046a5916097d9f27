import { TimedSuspension } from './suspension.ts';
import type { WaitQueue } from './wait-queue.ts';

/** Where a waiter that was set aside stood. */
export interface Place {
  readonly queue: WaitQueue;
  readonly before: TakingSuspension<unknown> | null;
}

/**
 * A suspension whose end takes something: an item, a lock, a permit. It can be set aside while it is not to be given
 * anything, and then put back at its place in line. `race()` and its like do so, because of several such waits only one
 * may take.
 */
export abstract class TakingSuspension<T> extends TimedSuspension<T> {
  /** @internal Leaves the line; null when it stands in none. */
  setAside(): Place | null {
    const { queue, before } = this;
    if (queue === null) return null;
    queue.remove(this);
    return { queue: queue as WaitQueue, before: before as TakingSuspension<unknown> | null };
  }

  /** @internal Takes what is there by now; true when that ends the wait, in whatever way. */
  retry(): boolean {
    try {
      if (!this.tryNow()) return false;
      this.complete(this.value);
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  /** @internal Stands in line again: behind whom it stood, or, where that one has gone, first. */
  standAgain({ queue, before }: Place): void {
    queue.insertAfter(this, before !== null && before.queue === queue ? before : null);
  }
}
