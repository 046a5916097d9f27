import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { type Body, type BodyResult, callBody, checkBody } from './body.ts';
import { CancelScope, cancelScope, enterScope, leaveScope } from './cancel-scope.ts';
import { checkedTime } from './checks.ts';
import { getHub } from './hub.ts';
import { Suspension } from './suspension.ts';
import { Timeout } from './timeout.ts';
import type { Waiter, Waiting } from './wait-queue.ts';

const hub = getHub();

/** Cancels a scope when its time is up. */
class ScopeDeadline implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly greenlet: RawGreenlet;
  private readonly scope: CancelScope;
  private readonly ms: number;
  private readonly body: unknown;

  constructor(greenlet: RawGreenlet, scope: CancelScope, ms: number, body: unknown) {
    this.greenlet = greenlet;
    this.scope = scope;
    this.ms = ms;
    this.body = body;
  }

  notify(): void {
    cancelScope(this.greenlet, this.scope, Timeout.ofScope(this.ms, this.greenlet, nameOfBody(this.body)));
  }
}

/**
 * Runs a body and cancels it, and it alone, when it takes too long. The cancellation is raised at every suspension of
 * the body until it ends, so that no `catch` in it can swallow the timeout; code in a `finally` that must block is
 * put in `shield()`. Scopes nest, and each answers only for its own time.
 *
 * @param ms milliseconds; 0 lets the body run up to where it would block, Infinity never cancels
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @param options `timeoutValue` is given, instead of throwing, when the time is up
 * @returns an operation for what the body returns; a body that ends after its time without blocking again keeps its value
 * @throws Timeout when the time is up and there is no `timeoutValue`; else what the body throws
 *
 * @example
 * const page = yield* withTimeout(5_000, function* () {
 *   const response = yield* fetch(url);
 *   return yield* response.text();
 * });
 */
export function withTimeout<B extends Body<unknown>, V = never>(
  ms: number,
  body: B,
  options?: { timeoutValue?: V },
): Operation<BodyResult<B> | V> {
  checkedTime(ms, 'withTimeout()');
  checkBody(body, 'withTimeout()');
  const hasValue = options !== undefined && 'timeoutValue' in options;
  return operation(function* (): Coroutine<BodyResult<B> | V> {
    const greenlet = kernel.current;
    const scope = new CancelScope('body');
    const call = callBody(body, 'withTimeout()');
    scope.floor = call;
    enterScope(greenlet, scope);
    const deadline = new ScopeDeadline(greenlet, scope, ms, body);
    if (ms === 0) deadline.notify();
    else if (ms !== Infinity) hub.timers.start(deadline, ms);
    try {
      return yield* call;
    } catch (error) {
      if (hasValue && error === scope.error) return options.timeoutValue as V;
      throw error;
    } finally {
      hub.timers.stop(deadline);
      leaveScope(greenlet, scope);
    }
  });
}

function nameOfBody(body: unknown): string {
  if (typeof body === 'function') return body.name === '' ? 'a function' : body.name;
  return body instanceof Suspension ? body.describe() : 'an operation';
}
