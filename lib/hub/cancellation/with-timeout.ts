import type { Operation } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { checkedTime } from '../checks/checks.ts';
import { checkedOptions, type OptionNames } from '../checks/options.ts';
import { getHub } from '../loop/hub.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { type Body, type BodyResult, takeBody } from '../parking/body.ts';
import { handOver } from '../parking/handed-over.ts';
import { CancelScope } from './cancel-scope.ts';
import { cancel } from './cancellation.ts';
import { Scoped } from './scoped.ts';
import { Timeout } from './timeout.ts';

const hub = getHub();

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
    cancel(this.greenlet, this.scope, Timeout.ofScope(this.ms, this.greenlet, this.source.bodyName));
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
  // A call that is refused was handed its body all the same.
  if (!(ms >= 0)) handOver(body);
  checkedTime(ms, 'the time of withTimeout(ms, body)');
  const taken = takeBody(body, 'withTimeout()');
  checkedOptions(options, TIMEOUT_OPTIONS, 'withTimeout()');
  return new WithTimeout<BodyResult<B> | V>(ms, taken, options);
}
