import type { Operation } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** Functions that higher rooms provide to this one. Each room fills its slots when it is loaded. */
export interface Slots {
  /**
   * Filled by the hub (`hub/loop/hub.ts`). Returns the greenlet to resume next, or null if it is the event loop's turn. The mode is
   * left in `kernel.mode`.
   */
  nextReady(): RawGreenlet | null;
  /** Filled by the hub. Dissolves the chains of new greenlets in the run queue, before one in their midst begins or ends. */
  unchain(): void;
  /** Filled by `hub/cancellation/cancellation.ts`. Raises the pending error of a greenlet that is about to suspend. */
  deliver(greenlet: RawGreenlet): void;
  /** Filled by `raw-greenlet.ts`, and then by the hub. Runs an operation that is awaited outside greenlets. */
  awaitOperation<T>(operation: Operation<T>): Promise<T>;
}

export const slots: Slots = {
  nextReady: empty,
  unchain: empty,
  deliver: empty,
  awaitOperation: empty,
};

function empty(): never {
  throw new Error('greenhub: a slot of the trampoline was used before it was filled');
}
