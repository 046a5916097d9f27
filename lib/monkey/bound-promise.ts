import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';

/**
 * Ties what has no signal to the greenlet that runs: its late answer is dropped.
 *
 * @param cancelled called, once at the most, when nobody is left who wants the answer
 */
export function boundPromise<T>(promise: PromiseLike<T>, cancelled: () => void = () => {}): Promise<T> & Operation<T> {
  const work = new BoundWork();
  work.signal(undefined).addEventListener('abort', cancelled, { once: true });
  const bound = work.promise(promise, () => work.unbind());
  work.bindTo(kernel.current);
  return bound;
}
