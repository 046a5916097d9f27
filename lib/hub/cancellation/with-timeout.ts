import { kernel } from '../../greenlet/kernel.ts';
import type { Operation } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { checkedTime } from '../checks/checks.ts';
import { checkedOptions, type OptionNames } from '../checks/options.ts';
import { hub } from '../loop/hub.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { type Body, type BodyResult, takeBody } from '../parking/body.ts';
import { handOver } from '../parking/handed-over.ts';
import { CancelScope } from './cancel-scope.ts';
import { cancel } from './cancellation.ts';
import { Scoped } from './scoped.ts';
import { timeoutOfScope } from './timeout.ts';

interface TimeoutOptions<V> {
  timeoutValue?: V;
}

const TIMEOUT_OPTIONS: OptionNames<TimeoutOptions<unknown>> = { timeoutValue: 'any' };

class WithTimeout<T> extends Scoped<T> {
  private readonly ms: number;
  private readonly options: TimeoutOptions<T> | undefined;
  private deadline: ScopeDeadline | null;

  constructor(ms: number, body: Body<unknown>, options: TimeoutOptions<T> | undefined) {
    super(body, 'withTimeout()');
    this.ms = ms;
    this.options = options;
    this.deadline = null;
  }

  override describe(): string {
    return `withTimeout(${this.ms}, ${this.bodyName})`;
  }

  protected another(): WithTimeout<T> {
    return new WithTimeout<T>(this.ms, this.body, this.options);
  }

  protected makeScope(): CancelScope {
    return new CancelScope('body');
  }

  protected override begun(greenlet: RawGreenlet, scope: CancelScope): void {
    const { ms } = this;
    if (ms === Infinity) return;
    const deadline = new ScopeDeadline(greenlet, scope, ms, this);
    if (ms === 0) deadline.notify();
    else {
      this.deadline = deadline;
      hub.timers.start(deadline, ms);
    }
  }

  protected override ended(): void {
    if (this.deadline !== null) hub.timers.stop(this.deadline);
    this.deadline = null;
  }

  protected override recover(error: unknown, scope: CancelScope): T {
    const { options } = this;
    if (options !== undefined && 'timeoutValue' in options && error === scope.error) return options.timeoutValue as T;
    throw error;
  }
}

/** Cancels a scope when its time is up. */
class ScopeDeadline implements Waiter {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  private readonly greenlet: RawGreenlet;
  private readonly scope: CancelScope;
  private readonly ms: number;
  private readonly source: WithTimeout<unknown>;

  constructor(greenlet: RawGreenlet, scope: CancelScope, ms: number, source: WithTimeout<unknown>) {
    this.queue = null;
    this.before = null;
    this.after = null;
    this.greenlet = greenlet;
    this.scope = scope;
    this.ms = ms;
    this.source = source;
  }

  notify(): void {
    kernel.observer?.timedOut(this.greenlet);
    cancel(this.greenlet, this.scope, timeoutOfScope(this.ms, this.greenlet, this.source.bodyName));
  }
}

/**
 * Runs a body with a time limit. When the time is up, only the body is cancelled: the `Timeout` is raised at each of its
 * suspensions until it ends, so no `catch` can swallow it. If a `finally` must block, put that code in `shield()`. Calls may be
 * nested; each handles only its own time limit.
 *
 * @param ms milliseconds; 0 lets the body run until it would block, Infinity never cancels
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @param options `timeoutValue`: the result when the time is up, instead of throwing
 * @returns an operation for the body's result. A body that ends late without blocking again keeps its result
 * @throws Timeout when the time is up and there is no `timeoutValue`; otherwise the body's error
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
  // Even if the call is refused, the body was handed over.
  if (!(ms >= 0)) handOver(body);
  checkedTime(ms, 'the time of withTimeout(ms, body)');
  const taken = takeBody(body, 'withTimeout()');
  checkedOptions(options, TIMEOUT_OPTIONS, 'withTimeout()');
  return new WithTimeout<BodyResult<B> | V>(ms, taken, options);
}
