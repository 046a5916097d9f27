import { GreenletExit, isA } from '../greenlet/errors.ts';
import {
  BaseOperation,
  type Coroutine,
  excused,
  type Operation,
  operation,
  type Suspend,
} from '../greenlet/operation.ts';
import { line, TEXT, valueText } from '../greenlet/shown.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import { withTimeout } from '../hub/cancellation/with-timeout.ts';
import { checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { stackless } from '../hub/loop/stackless.ts';
import type { Waiter } from '../hub/loop/wait-queue.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { AsyncResult } from '../sync/async-result.ts';
import type { Core } from './core.ts';
import type { Ending, JobInfo, NewJob, Place, TaskStatus } from './engine.ts';
import { unknownJob } from './errors.ts';
import { unpack, unpackError } from './payload.ts';

export interface RevokeOptions {
  /** Why, for messages and for `status()`; `'revoked'` by default. */
  reason?: string | undefined;
}

export const REVOKE_OPTIONS: OptionNames<RevokeOptions> = { reason: 'string' };

/**
 * The result of a job, which runs somewhere else. `yield* result` and `await result` are `get()`, and `wait()`, `all()`, `race()` and
 * `select()` take it as it is.
 *
 * @example
 * const result = yield* load.delay('https://example.com/');
 * const page = yield* result.get({ timeout: 60_000 });
 */
export class TaskResult<R> extends BaseOperation<R> implements Waitable {
  /** The id of the job. `app.result(id)` finds it again. */
  readonly id: string;
  private readonly core: Core;
  private place: Place | null;
  private readonly outcome = new AsyncResult<R>();
  /** How many `get()` wait for it here. */
  private waits = 0;
  /** True once `wait()` or `ready()` has asked for its end. They do not tell when they have lost interest. */
  private isAskedFor = false;
  private unwatch: (() => void) | null = null;

  /**
   * @internal
   * @param place where it is; null if that has to be found
   */
  constructor(core: Core, id: string, place: Place | null) {
    super();
    this.id = id;
    this.core = core;
    this.place = place;
    this.outcome.name = `the job ${id}`;
  }

  /** @internal */
  [TEXT](): string {
    const { outcome } = this;
    const state = !outcome.ready()
      ? 'not known yet'
      : outcome.successful()
        ? valueText(outcome.value)
        : valueText(outcome.exception);
    return line('TaskResult', this.id, state);
  }

  [Symbol.iterator](): Iterator<Suspend, R, unknown> {
    return this.get()[Symbol.iterator]();
  }

  /**
   * True once the end of the job is known here, so that `get()` does not wait. With a server, the first call begins to listen for
   * the end, so it gives false.
   */
  ready(): boolean {
    if (this.hasEnded) return true;
    const ending = this.core.engine.known(this.id);
    if (ending !== null) this.end(ending);
    else if (!this.isAskedFor) {
      this.isAskedFor = true;
      spawn(asking, this);
    }
    return this.hasEnded;
  }

  /** @internal True once its end is known, without asking. */
  get hasEnded(): boolean {
    return this.outcome.ready();
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.isAskedFor = true;
    this.outcome.watch(waiter);
    if (this.unwatch === null) spawn(beginning, this);
  }

  /**
   * Waits for the result.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation for what the task has returned
   * @throws what the task has thrown; its GreenletExit if the job was revoked; Timeout when the time is up; UnknownJobError if
   *   nothing is known of the job
   */
  get(options?: TimeoutOption): Operation<R> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'result.get()'));
    const getting = () => (timeout === Infinity ? this.waiting() : this.gettingWithin(timeout));
    return operation(getting, `get() of ${this.outcome.name}`);
  }

  /**
   * Tells what the job does.
   *
   * @throws UnknownJobError if nothing is known of it
   */
  status(): Operation<TaskStatus> {
    return operation(() => this.asking(({ status }) => status), 'status()');
  }

  /** The last value that the task gave to `currentTask().progress()`; null if there is none. */
  progress(): Operation<unknown> {
    return operation(() => this.asking(({ progress }) => progress), 'progress()');
  }

  /** The lines that the task gave to `currentTask().log()`. */
  logs(): Operation<readonly string[]> {
    return operation(() => this.asking(({ logs }) => logs), 'logs()');
  }

  /**
   * Revokes the job, wherever it is: one that waits never runs, one that runs is killed, as a greenlet, and not tried again.
   *
   * @param options `reason`, the message of its GreenletExit
   * @returns an operation that waits until the job has ended; you need not wait for it
   */
  revoke(options?: RevokeOptions): Operation<void> {
    const { reason = 'revoked' } = checkedOptions(options, REVOKE_OPTIONS, 'result.revoke()') ?? {};
    const revoking = spawn(revoke, this, reason);
    return excused(operation(() => revoking[Symbol.iterator]() as Coroutine<void>, 'revoke()'));
  }

  /** @internal Watches the job. It must not be added before this is over. */
  *beginNew(): Coroutine<void> {
    this.unwatch = yield* this.core.engine.watch(this.place as Place, true, (ending) => this.end(ending));
  }

  /** @internal */
  *begin(): Coroutine<void> {
    if (this.unwatch !== null || this.hasEnded) return;
    const place = yield* this.located();
    const unwatch = yield* this.core.engine.watch(place, false, (ending) => this.end(ending));
    // It may have ended at once, and another greenlet may have begun, too.
    if (this.hasEnded || this.unwatch !== null) unwatch();
    else this.unwatch = unwatch;
  }

  /** @internal Begins for a wait that is not in `get()`. */
  *beginForOthers(): Coroutine<void> {
    try {
      yield* this.begin();
    } catch (error) {
      this.outcome.setException(error);
    }
  }

  /** @internal Begins for `ready()`. What keeps it from that is told by `get()`. */
  *beginToAsk(): Coroutine<void> {
    try {
      yield* this.begin();
    } catch {
      this.isAskedFor = false;
    }
  }

  /** @internal */
  *revoking(reason: string): Coroutine<void> {
    yield* this.core.engine.revoke(yield* this.located(), reason);
  }

  /** @internal */
  stopWatching(): void {
    this.unwatch?.();
    this.unwatch = null;
  }

  private *gettingWithin(timeout: number): Coroutine<R> {
    if (this.hasEnded) return yield* this.outcome.get();
    try {
      return yield* withTimeout(timeout, () => this.waiting());
    } catch (error) {
      // The task may have failed with a Timeout itself.
      if (!isA(error, Timeout) || (this.hasEnded && error === this.outcome.exception)) throw error;
      const trouble = this.core.engine.trouble();
      const why = trouble === null ? '' : `: ${trouble.message}`;
      throw new Timeout(timeout, `the job ${this.id} has not ended within ${timeout} ms${why}`);
    }
  }

  private *waiting(): Coroutine<R> {
    this.waits += 1;
    try {
      yield* this.begin();
      return yield* this.outcome.get();
    } finally {
      this.waits -= 1;
      if (this.waits === 0 && !this.isAskedFor) this.stopWatching();
    }
  }

  private *asking<T>(pick: (info: JobInfo) => T): Coroutine<T> {
    const info = yield* this.core.engine.look(yield* this.located());
    if (info === null) throw unknownJob(this.id);
    return pick(info);
  }

  private *located(): Coroutine<Place> {
    this.place ??= yield* this.core.engine.locate(this.id);
    if (this.place === null) throw unknownJob(this.id);
    return this.place;
  }

  private end(ending: Ending): void {
    this.stopWatching();
    if (this.hasEnded) return;
    if (ending.kind === 'completed') this.outcome.set(unpack(ending.value) as R);
    else if (ending.kind === 'failed') this.outcome.setException(unpackError(ending.failure));
    else this.outcome.setException(stackless(() => new GreenletExit(ending.reason)));
  }
}

/** The result of a job that is being stored. */
export function resultOfJob<R>(core: Core, job: NewJob): TaskResult<R> {
  return new TaskResult<R>(core, job.id, job);
}

const beginning = /* @__PURE__ */ helper(function* (result: TaskResult<unknown>): Coroutine<void> {
  yield* result.beginForOthers();
});

const asking = /* @__PURE__ */ helper(function* (result: TaskResult<unknown>): Coroutine<void> {
  yield* result.beginToAsk();
});

const revoke = /* @__PURE__ */ helper(function* (result: TaskResult<unknown>, reason: string): Coroutine<void> {
  yield* result.revoking(reason);
});
