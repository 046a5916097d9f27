import { Call, call } from '../../greenlet/call.ts';
import { BaseOperation, excused, isGenerator, isGeneratorFunction, type Operation } from '../../greenlet/operation.ts';
import { kindOf } from '../checks/kind-of.ts';
import { until } from './until.ts';

/**
 * Code that may block: a function without parameters, an operation, or a promise. The function is usually a `function*`. It
 * may also be an async function, or return an operation or a promise; the result is then waited for.
 */
export type Body<R> = (() => R) | Operation<R> | PromiseLike<R>;

/** The final result of a function: its generator's return value, or the value of its operation or promise. */
export type Settled<R> = R extends Generator<unknown, infer T, never> ? T : Awaited<R>;

/** The final result of a body. */
export type BodyResult<B> = B extends () => infer R ? Settled<R> : B extends PromiseLike<infer T> ? T : never;

/**
 * Checks a body when it is handed over. Subscribes to a promise at once. Calls the `then()` of any other thenable only when the
 * body runs.
 *
 * @returns the body to run: a function or an operation
 * @throws TypeError if it is not a body
 */
export function takeBody<R>(body: Body<R>, caller: string): (() => R) | Operation<R> {
  // Most bodies are operations of the library, and this check is the fastest.
  if (body instanceof BaseOperation) return excused(body);
  if (typeof body !== 'function' && isThenable(body)) return excused(until(excused(body)));
  checkFunction(body, caller);
  return body as () => R;
}

function checkFunction(body: unknown, caller: string): void {
  if (isGenerator(body)) {
    throw new TypeError(
      `${caller} takes a function or an operation, not a generator: write () => fn(…) instead of fn(…)`,
    );
  }
  if (typeof body !== 'function') {
    throw new TypeError(`${caller} takes functions without parameters, operations and promises, not ${kindOf(body)}`);
  }
}

/** The call that runs a body in a frame of its own. */
export function callBody<B extends Body<unknown>>(body: B, caller: string): Call<BodyResult<B>> {
  if (typeof body === 'function') {
    return isGeneratorFunction(body) ? new Call<BodyResult<B>>(body, []) : new Call<BodyResult<B>>(settle, [body]);
  }
  return new Call<BodyResult<B>>(until, [takeBody(body, caller)]);
}

/** Calls a function and waits for its result if that is a coroutine, an operation or a promise. */
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
