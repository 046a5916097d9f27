import { kernel } from './kernel.ts';

/**
 * An asynchronous context (what `AsyncLocalStorage` stores are looked up in), captured at some place
 * and entered again around each resume. Node's `AsyncResource` is one.
 */
export interface AsyncContext {
  runInAsyncScope<R>(fn: () => R): R;
}

/**
 * Tells the trampoline to keep a context per greenlet. This room knows no host, so the hub calls it, and only
 * once a program really uses a context: until then every greenlet's context is null and costs one comparison.
 *
 * @param root the empty context, for greenlets made before any was in use
 * @param capture captures the context of the running code
 */
export function followContext(root: AsyncContext, capture: () => AsyncContext): void {
  kernel.rootContext = root;
  kernel.captureContext = capture;
  kernel.watched = true;
}
