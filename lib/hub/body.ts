import { Call, call, type Returned } from '../greenlet/call.ts';
import type { Coroutine, Operation } from '../greenlet/operation.ts';
import { checkedFunction } from './checks.ts';
import { until } from './until.ts';

/** A stretch of code that blocks: a function whose coroutine is run (usually a `function*`), an operation, a promise. */
export type Body<R> = (() => R) | Operation<R> | PromiseLike<R>;

/** What a body gives: what its generator returns, or its operation resolves to. */
export type BodyResult<B> = B extends () => infer R ? Returned<R> : B extends PromiseLike<infer T> ? T : never;

/** The call that runs a body in a frame of its own. */
export function callBody<B extends Body<unknown>>(body: B, caller: string): Call<BodyResult<B>> {
  if (typeof body === 'function') return new Call<BodyResult<B>>(body, []);
  if (typeof body?.then === 'function') return new Call<BodyResult<B>>(() => until(body), []);
  return checkedFunction(body as never, caller);
}

/** Calls a function and waits for whatever it gives: a coroutine, an operation, a promise, or nothing that blocks. */
export function* settle<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Coroutine<void> {
  const result = yield* call(fn, ...args);
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function') {
    yield* until(result as PromiseLike<unknown>);
  }
}
