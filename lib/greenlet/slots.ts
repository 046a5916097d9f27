import type { Operation } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** What higher rooms do for this one. Each room fills its slot when it loads. */
export interface Slots {
  /**
   * Filled by the hub (`hub/loop/hub.ts`). Gives the greenlet to resume next, or null if it is the event loop's turn. The mode is
   * left in `kernel.mode`.
   */
  nextReady(): RawGreenlet | null;
  /** Filled by `hub/cancellation/cancellation.ts`. Raises what is pending at a greenlet that is about to suspend. */
  deliver(greenlet: RawGreenlet): void;
  /** Filled by `hub/loop/main-wait.ts`. Runs an operation that code outside greenlets awaits. */
  awaitOperation<T>(operation: Operation<T>): Promise<T>;
}

export const slots: Slots = {
  nextReady: empty,
  deliver: empty,
  awaitOperation: empty,
};

function empty(): never {
  throw new Error('greenhub: a slot of the trampoline was used before it was filled');
}
