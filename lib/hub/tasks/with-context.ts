import type { AsyncContext } from '../../greenlet/context.ts';
import { CALL, kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, type Frame, type Operation, operation, type Suspend } from '../../greenlet/operation.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../parking/body.ts';

/** What is used of Node's `AsyncLocalStorage`. */
export interface ContextStorage<S> {
  run<R>(store: S, fn: () => R): R;
}

/** Goes through the trampoline once, which enters the greenlet's context as it is now. */
class EnterContext implements Frame<void> {
  private entered = false;

  [Symbol.iterator](): Frame<void> {
    return this;
  }

  next(): IteratorResult<Suspend, void> {
    if (this.entered) return { done: true, value: undefined };
    this.entered = true;
    return CALL;
  }

  throw(error?: unknown): never {
    throw error;
  }

  return(): IteratorResult<Suspend, void> {
    return { done: true, value: undefined };
  }
}

/**
 * `storage.run(value, body)` for a body that blocks: it sees `value` in the storage after every suspension, and so does
 * what it spawns; when it has ended, the greenlet sees again what it saw before. (`enterWith()` does not survive a
 * switch on Node 24 and later.)
 *
 * @param storage an AsyncLocalStorage
 * @param value what the body finds in it
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for what the body returns; it throws what the body throws
 *
 * @example
 * yield* withContext(requestId, 'r-17', function* () { yield* handle(request); });
 */
export function withContext<S, B extends Body<unknown>>(
  storage: ContextStorage<S>,
  value: S,
  body: B,
): Operation<BodyResult<B>> {
  const taken = takeBody<unknown>(body, 'withContext()');
  return operation(function* (): Coroutine<BodyResult<B>> {
    const greenlet = kernel.current;
    const { rare } = greenlet;
    const outer = rare.context;
    try {
      rare.context = storage.run(value, () => (kernel.captureContext as () => AsyncContext)());
      yield* new EnterContext();
      const result = yield* callBody(taken, 'withContext()') as Operation<BodyResult<B>>;
      rare.context = outer;
      yield* new EnterContext();
      return result;
    } catch (error) {
      rare.context = outer;
      yield* new EnterContext();
      throw error;
    } finally {
      // Also when it is unwound, where nothing may be yielded.
      rare.context = outer;
    }
  }, 'withContext()');
}
