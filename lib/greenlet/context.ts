import { kernel, updateWatched } from './kernel.ts';

/**
 * An asynchronous context, in which `AsyncLocalStorage` finds its values. The trampoline enters a greenlet's context around each
 * resume. Node's `AsyncResource` is such a context.
 */
export interface AsyncContext {
  runInAsyncScope<R>(fn: () => R): R;
}

/**
 * Makes the trampoline keep a context for each greenlet. This room does not know the host, so the hub calls this function when the
 * program first uses a context. Until then every greenlet's context is null, and costs one comparison.
 *
 * @param root the empty context, for greenlets that were created before the first use
 * @param capture captures the context of the running code
 */
export function followContext(root: AsyncContext, capture: () => AsyncContext): void {
  kernel.rootContext = root;
  kernel.captureContext = capture;
  updateWatched();
}
