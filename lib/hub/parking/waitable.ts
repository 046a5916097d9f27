import type { Waiter } from '../loop/wait-queue.ts';

/** An object that `wait()` and `iwait()` can wait for without taking anything from it. */
export interface Waitable {
  /** True if a blocking call on the object would not have to wait. */
  ready(): boolean;
  /** @internal Notifies `waiter`, once, when the object becomes ready. */
  watch(waiter: Waiter): void;
}

export function isWaitable(value: unknown): value is Waitable {
  const waitable = value as Partial<Waitable> | null;
  return typeof waitable === 'object' && typeof waitable?.ready === 'function' && typeof waitable.watch === 'function';
}
