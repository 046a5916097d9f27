import type { Waiter } from '../loop/wait-queue.ts';

/** What `wait()` and `iwait()` can look at without taking anything from it. */
export interface Waitable {
  /** True when a blocking call on it would not have to wait. */
  ready(): boolean;
  /** @internal Has `waiter` notified, once, when it becomes ready. */
  watch(waiter: Waiter): void;
}

export function isWaitable(value: unknown): value is Waitable {
  const waitable = value as Partial<Waitable> | null;
  return typeof waitable === 'object' && typeof waitable?.ready === 'function' && typeof waitable.watch === 'function';
}
