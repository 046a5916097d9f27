import type { AsyncContext } from '../../greenlet/context.ts';
import { CALL, kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, type Frame, type Operation, operation, type Suspend } from '../../greenlet/operation.ts';
import { type Body, type BodyResult, callBody, takeBody } from '../parking/body.ts';

/** The part of Node's `AsyncLocalStorage` that we use. */
export interface ContextStorage<S> {
  run<R>(store: S, fn: () => R): R;
}

/** Passes through the trampoline once, so that the trampoline enters the greenlet's new context. */
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
 * `storage.run(value, body)` for a body that blocks. The body and the greenlets it spawns see `value` in the storage, also after
 * every suspension. When the body has ended, the greenlet sees the previous value again. (On Node 24 and later, the effect of
 * `enterWith()` is lost at the next switch.)
 *
 * @param storage an AsyncLocalStorage
 * @param value the value that the body finds in the storage
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for the body's result; it throws the body's error
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
  return operation(() => inContext(storage, value, taken), 'withContext()') as Operation<BodyResult<B>>;
}

/** The context of the running code. The first `run()` of an AsyncLocalStorage makes the hub follow it. */
function capture(): AsyncContext {
  if (kernel.captureContext !== null) return kernel.captureContext();
  throw new TypeError('withContext() takes an AsyncLocalStorage of node:async_hooks as its first argument');
}

function* inContext<S>(storage: ContextStorage<S>, value: S, body: Body<unknown>): Coroutine<unknown> {
  const { rare } = kernel.current;
  const outer = rare.context;
  try {
    rare.context = storage.run(value, capture);
    yield* new EnterContext();
    const result = yield* callBody(body, 'withContext()');
    rare.context = outer;
    yield* new EnterContext();
    return result;
  } catch (error) {
    rare.context = outer;
    yield* new EnterContext();
    throw error;
  } finally {
    // Also needed when the body is unwound, where nothing may be yielded.
    rare.context = outer;
  }
}
