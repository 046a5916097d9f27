import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';

/**
 * Binds a promise of work without a signal to the running greenlet. If that is cancelled, a late answer is dropped.
 *
 * @param cancelled called, at most once, when no greenlet wants the answer any more
 */
export function boundPromise<T>(promise: PromiseLike<T>, cancelled: () => void = () => {}): Promise<T> & Operation<T> {
  const work = new BoundWork();
  work.signal(undefined).addEventListener('abort', cancelled, { once: true });
  const bound = work.promise(promise, () => work.unbind());
  work.bindTo(kernel.current);
  return bound;
}
