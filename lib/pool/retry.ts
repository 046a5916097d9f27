import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { isCancellation } from '../hub/cancellation/cancellation.ts';
import { markTimeouts, raisedFromBefore } from '../hub/cancellation/timeout.ts';
import { checkedFunction, checkedTime } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { host } from '../hub/loop/host.ts';
import { type Body, callBody, type Settled, takeBody } from '../hub/parking/body.ts';
import { handOver } from '../hub/parking/handed-over.ts';
import { sleep } from '../hub/parking/sleep.ts';

export interface RetryOptions {
  /** The largest number of attempts, including the first; 5 by default. */
  attempts?: number | undefined;
  /** The pause before the second attempt in milliseconds; 100 by default. */
  minDelay?: number | undefined;
  /** The longest pause between two attempts in milliseconds; 30,000 by default. */
  maxDelay?: number | undefined;
  /** The ratio of each pause to the previous one; 2 by default. */
  factor?: number | undefined;
  /**
   * The random share of each pause, from 0 to 1. With 1 (or true), a pause has a random length up to its full length. 0
   * (or false) by default. Use it if many clients retry against one server.
   */
  jitter?: number | boolean | undefined;
  /** Decides whether to retry after an error of the given attempt, counted from 1. */
  retryIf?: ((error: unknown, attempt: number) => boolean) | undefined;
}

const RETRY_OPTIONS: OptionNames<RetryOptions> = {
  attempts: 'number',
  minDelay: 'number',
  maxDelay: 'number',
  factor: 'number',
  jitter: 'number',
  retryIf: 'function',
};

/**
 * Runs a body and retries it if it fails, after pauses that grow. It follows the hub's clock. It does not retry a kill
 * or a timeout from outside.
 *
 * @param body usually a generator function, called with the number of the attempt, counted from 1; or an operation
 * @param options `attempts`, `minDelay` and `maxDelay` in milliseconds, `factor`, `jitter`, `retryIf`
 * @returns an operation that gives the body's result
 * @throws the error of the last attempt, or the first error for which `retryIf` returns false; RangeError if an option
 *   is out of range
 *
 * @example
 * const page = yield* retry(() => withTimeout(5_000, fetch(url)), { attempts: 4, minDelay: 200, jitter: 0.5 });
 */
export function retry<R>(body: (attempt: number) => R, options?: RetryOptions): Operation<Settled<R>>;
export function retry<T>(operation: Operation<T>, options?: RetryOptions): Operation<T>;
export function retry(
  body: ((attempt: number) => unknown) | Operation<unknown>,
  options?: RetryOptions,
): Operation<unknown> {
  if (body instanceof Promise) {
    handOver(body);
    throw new TypeError('retry() takes a function or an operation: a promise cannot be retried');
  }
  const taken = takeBody(body as Body<unknown>, 'retry()');
  const plan = checkedPlan(checkedOptions(options, RETRY_OPTIONS, 'retry()'));
  return operation(() => attempting(typeof taken === 'function' ? taken : () => taken, plan), 'retry()');
}

type Plan = Required<Omit<RetryOptions, 'jitter'>> & { jitter: number };

function* attempting(body: (attempt: number) => unknown, plan: Plan): Coroutine<unknown> {
  const greenlet = kernel.current;
  let pause = Math.min(plan.minDelay, plan.maxDelay);
  for (let attempt = 1; ; attempt += 1) {
    const mark = markTimeouts();
    try {
      return yield* callBody((() => body(attempt)) as Body<unknown>, 'retry()');
    } catch (error) {
      const isCancelled = isCancellation(greenlet, error) || raisedFromBefore(error, mark);
      if (isCancelled || attempt >= plan.attempts || !plan.retryIf(error, attempt)) throw error;
    }
    yield* sleep(pause * (1 - plan.jitter * host.random()));
    pause = Math.min(pause * plan.factor, plan.maxDelay);
  }
}

function checkedPlan(options: RetryOptions = {}): Plan {
  const { attempts = 5, minDelay = 100, maxDelay = 30_000, factor = 2, jitter = 0, retryIf = isFailure } = options;
  if (attempts !== Infinity && !(Number.isInteger(attempts) && attempts >= 1)) {
    throw new RangeError(`retry(): attempts must be a whole number, at least 1, or Infinity, not ${kindOf(attempts)}`);
  }
  checkedTime(minDelay, "retry()'s minDelay");
  checkedTime(maxDelay, "retry()'s maxDelay");
  if (!(typeof factor === 'number' && factor >= 1 && factor < Infinity)) {
    throw new RangeError(`retry(): factor must be a number, at least 1, not ${kindOf(factor)}`);
  }
  const share = Number(jitter);
  if (!(share >= 0 && share <= 1))
    throw new RangeError(`retry(): jitter must be a number from 0 to 1, not ${kindOf(jitter)}`);
  return { attempts, minDelay, maxDelay, factor, jitter: share, retryIf: checkedFunction(retryIf, 'retryIf') };
}

function isFailure(error: unknown): boolean {
  return !isA(error, GreenletExit);
}
