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

/** The context of the running code; null if the program uses none yet. */
export function capturedContext(): AsyncContext | null {
  return kernel.captureContext === null ? null : kernel.captureContext();
}

/** Calls a function in a captured context. */
export function runInContext(context: AsyncContext | null, fn: () => void): void {
  if (kernel.rootContext === null) fn();
  else (context ?? kernel.rootContext).runInAsyncScope(fn);
}
