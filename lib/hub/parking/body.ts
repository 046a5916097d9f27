import { Call, call } from '../../greenlet/call.ts';
import { BaseOperation, excused, isGenerator, isGeneratorFunction, type Operation } from '../../greenlet/operation.ts';
import { until } from './until.ts';

/**
 * A stretch of code that blocks: a function that is called and whose result is waited for (usually a `function*`; an
 * async one, and one that gives an operation or a promise, do too), an operation, or a promise.
 */
export type Body<R> = (() => R) | Operation<R> | PromiseLike<R>;

/** What a function results in: its generator's return value, its operation's value, or what its promise resolves to. */
export type Settled<R> = R extends Generator<unknown, infer T, never> ? T : Awaited<R>;

/** What a body results in. */
export type BodyResult<B> = B extends () => infer R ? Settled<R> : B extends PromiseLike<infer T> ? T : never;

/**
 * Checks a body when it is handed over. Subscribes to a promise at once; the `then()` of a thenable is called when the body runs.
 *
 * @returns the body to run: the function, or an operation
 * @throws TypeError for what is no body
 */
export function takeBody<R>(body: Body<R>, caller: string): (() => R) | Operation<R> {
  // Most bodies are operations of the library, and this look is the quickest.
  if (body instanceof BaseOperation) return excused(body);
  if (typeof body !== 'function' && isThenable(body)) return excused(until(excused(body)));
  checkFunction(body, caller);
  return body as () => R;
}

function checkFunction(body: unknown, caller: string): void {
  if (isGenerator(body)) {
    throw new TypeError(
      `${caller} takes a function or an operation, not what a generator function has given: write call(fn, …) for fn(…)`,
    );
  }
  if (typeof body !== 'function') {
    throw new TypeError(`${caller} takes functions without parameters, operations and promises, not ${typeof body}`);
  }
}

/** The call that runs a body in a frame of its own. */
export function callBody<B extends Body<unknown>>(body: B, caller: string): Call<BodyResult<B>> {
  if (typeof body === 'function') {
    return isGeneratorFunction(body) ? new Call<BodyResult<B>>(body, []) : new Call<BodyResult<B>>(settle, [body]);
  }
  return new Call<BodyResult<B>>(until, [takeBody(body, caller)]);
}

/** Calls a function and waits for whatever it gives: a coroutine, an operation, a promise, or nothing that blocks. */
export function callAndSettle<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Operation<unknown> {
  return call(settle, fn, ...(args as unknown[]));
}

function settle(fn: (...args: never[]) => unknown, ...args: unknown[]): unknown {
  const result = (fn as (...args: unknown[]) => unknown)(...args);
  return isThenable(result) ? until(result) : result;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
