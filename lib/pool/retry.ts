import { GreenletExit, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { isCancellation } from '../hub/cancellation/cancel-scope.ts';
import { markTimeouts, raisedFromBefore } from '../hub/cancellation/timeout.ts';
import { checkedFunction, checkedTime } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { host } from '../hub/loop/host.ts';
import { type Body, callBody, type Settled, takeBody } from '../hub/parking/body.ts';
import { handOver } from '../hub/parking/handed-over.ts';
import { sleep } from '../hub/parking/sleep.ts';

export interface RetryOptions {
  /** How often it is tried, the first time counted; 5 unless given. */
  attempts?: number;
  /** Milliseconds before the second attempt; 100 unless given. */
  minDelay?: number;
  /** The most milliseconds between two attempts; 30,000 unless given. */
  maxDelay?: number;
  /** By how much each pause is longer than the one before; 2 unless given. */
  factor?: number;
  /**
   * The share of each pause that is left to chance, from 0 to 1: with 1 (or true) it is anything up to its full length.
   * 0 (or false) unless given. Where many retry against one server, use some.
   */
  jitter?: number | boolean;
  /** Whether to try again after this error, which the attempt of this number (from 1) has thrown. */
  retryIf?: (error: unknown, attempt: number) => boolean;
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
 * Runs a body, and again after a pause when it fails, each pause longer than the one before. It follows the clock of
 * the hub. A kill, or a timeout from outside, ends it: these are not retried.
 *
 * @param body gets the number of the attempt, from 1; usually a generator function. Or an operation
 * @returns an operation for what the body returns
 * @throws what the last attempt threw, or the first for which `retryIf` gave false; RangeError for options out of range
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
    throw new TypeError('retry() takes a function or an operation: a promise cannot be tried again');
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
    throw new RangeError(`retry(): attempts is a whole number from 1 on, or Infinity, not ${attempts}`);
  }
  checkedTime(minDelay, "retry()'s minDelay");
  checkedTime(maxDelay, "retry()'s maxDelay");
  if (!(typeof factor === 'number' && factor >= 1 && factor < Infinity)) {
    throw new RangeError(`retry(): factor is a number from 1 on, not ${factor}`);
  }
  const share = Number(jitter);
  if (!(share >= 0 && share <= 1)) throw new RangeError(`retry(): jitter is a number from 0 to 1, not ${jitter}`);
  return { attempts, minDelay, maxDelay, factor, jitter: share, retryIf: checkedFunction(retryIf, 'retryIf') };
}

function isFailure(error: unknown): boolean {
  return !isA(error, GreenletExit);
}
