import {
  BaseOperation,
  type Coroutine,
  excused,
  type Operation,
  operation,
  type Suspend,
} from '../greenlet/operation.ts';
import { counted, line, TEXT } from '../greenlet/shown.ts';
import { withTimeout } from '../hub/cancellation/with-timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedTimeout } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Core } from './core.ts';
import type { NewJob } from './engine.ts';
import type { CallPlan } from './options.ts';
import type { ResultOf } from './signature.ts';
import { checkedCalls, Single } from './single.ts';
import { REVOKE_OPTIONS, type RevokeOptions, resultOfJob, type TaskResult } from './task-result.ts';
import { Work } from './work.ts';

/** The results of calls, in their order. */
export type ResultsOf<S extends readonly unknown[]> = { -readonly [K in keyof S]: ResultOf<S[K]> };

/** Calls that are stored together, all or none: see `app.group()`. */
export class TaskGroup<R extends unknown[]> extends Work<R, GroupResult<R>> {
  /** @internal */
  readonly calls: readonly Single<unknown>[];

  /** @internal */
  constructor(core: Core, calls: readonly Single<unknown>[]) {
    super(core);
    this.calls = checkedCalls<Single<unknown>>(core, calls, Single, 'app.group()');
  }

  /** @internal */
  [TEXT](): string {
    return line('TaskGroup', 'TaskGroup', counted(this.calls.length, 'call'));
  }

  protected jobs(call: CallPlan): readonly NewJob[] {
    if (call.id !== null) throw new TypeError('a group has no id, because each of its calls is a job of its own');
    return this.calls.map((each) => each.job(call));
  }

  protected resultOf(jobs: readonly NewJob[]): GroupResult<R> {
    return new GroupResult<R>(jobs.map((job) => resultOfJob(this.core, job)));
  }
}

/** The results of a group. `yield* results` and `await results` are `get()`. */
export class GroupResult<R extends unknown[]> extends BaseOperation<R> {
  /** One for each call, in their order. */
  readonly results: { readonly [K in keyof R]: TaskResult<R[K]> };

  /** @internal */
  constructor(results: readonly TaskResult<unknown>[]) {
    super();
    this.results = results as GroupResult<R>['results'];
  }

  /** @internal */
  [TEXT](): string {
    return line('GroupResult', 'GroupResult', counted(this.list.length, 'result'), this.hasEnded ? 'all known' : null);
  }

  [Symbol.iterator](): Iterator<Suspend, R, unknown> {
    return this.get()[Symbol.iterator]();
  }

  /** True once all results are known here. */
  ready(): boolean {
    return this.list.every((result) => result.ready());
  }

  /** @internal True once all ends are known, without asking. */
  get hasEnded(): boolean {
    return this.list.every((result) => result.hasEnded);
  }

  /**
   * Waits for all results.
   *
   * @param options `timeout` in milliseconds
   * @throws the first failure in the order of the calls; Timeout when the time is up
   */
  get(options?: TimeoutOption): Operation<R> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'results.get()'));
    const getting = () => this.getting();
    return timeout === Infinity ? operation(getting, 'get() of a group') : withTimeout(timeout, getting);
  }

  /**
   * Revokes all its jobs.
   *
   * @returns an operation that waits until all have ended; you need not wait for it
   */
  revoke(options?: RevokeOptions): Operation<void> {
    const { reason = 'revoked' } = checkedOptions(options, REVOKE_OPTIONS, 'results.revoke()') ?? {};
    const revoking = spawn(revoke, this, reason);
    return excused(operation(() => revoking[Symbol.iterator]() as Coroutine<void>, 'revoke()'));
  }

  /** @internal */
  *beginNew(): Coroutine<void> {
    for (const result of this.list) yield* result.beginNew();
  }

  /** @internal */
  stopWatching(): void {
    for (const result of this.list) result.stopWatching();
  }

  /** @internal */
  *revoking(reason: string): Coroutine<void> {
    const all = this.list.map((result) => spawn(revokeOne, result, reason));
    for (const each of all) yield* each;
  }

  private get list(): readonly TaskResult<unknown>[] {
    return this.results as readonly TaskResult<unknown>[];
  }

  private *getting(): Coroutine<R> {
    const values: unknown[] = [];
    for (const result of this.list) values.push(yield* result.get());
    return values as R;
  }
}

const revoke = /* @__PURE__ */ helper(function* (results: GroupResult<unknown[]>, reason: string): Coroutine<void> {
  yield* results.revoking(reason);
});

const revokeOne = /* @__PURE__ */ helper(function* (result: TaskResult<unknown>, reason: string): Coroutine<void> {
  yield* result.revoking(reason);
});
