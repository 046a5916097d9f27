import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { counted, line, Shown, TEXT } from '../greenlet/shown.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { checkedOptions } from '../hub/checks/options.ts';
import type { Settled } from '../hub/parking/body.ts';
import { knownPlace } from '../process/travel/remote.ts';
import { BullEngine } from './bullmq/bull-engine.ts';
import { type Complete, type LastResult, type Steps, TaskChain, TaskChord } from './chain.ts';
import { Core } from './core.ts';
import { EmbeddedEngine } from './embedded/embedded-engine.ts';
import type { Counts, Engine, Place } from './engine.ts';
import { unknownJob } from './errors.ts';
import { type ResultsOf, TaskGroup } from './group.ts';
import { checkedIdOf, checkedTask, checkedWhole, type TaskOptions } from './options.ts';
import { unpackError } from './payload.ts';
import type { Runnable } from './run-job.ts';
import { checkedScheduleName, checkedTiming, type Schedule, type ScheduleOptions, shownSchedule } from './schedule.ts';
import { type AnySignature, PLAIN, type ResultOf, Signature } from './signature.ts';
import { checkApp, checkedCalls, Single } from './single.ts';
import { Task } from './task.ts';
import { TaskResult } from './task-result.ts';
import {
  checkedTasks,
  checkTaskName,
  type FailedOptions,
  type FailedTask,
  type TasksOptions,
  type TasksStats,
} from './tasks-options.ts';
import { dateOf } from './wall-clock.ts';
import { TaskWorker, type WorkerOptions } from './worker.ts';

/** All apps of this process, for `greenhub worker`. */
export const apps = new Set<Tasks>();

/**
 * An app: tasks that run in workers, which may be other processes on other machines. With a `url`, jobs are kept by BullMQ on a
 * Redis or Valkey server, and outlive this process. Without one, everything runs embedded in this process, with the same
 * semantics, and follows the hub's clock.
 *
 * @example
 * export const app = new Tasks({ name: 'crawler', url: process.env.REDIS_URL });
 * export const load = app.task('load', function* (url: string) {
 *   const response = yield* fetch(url);
 *   return yield* response.text();
 * }, { attempts: 5, timeout: 30_000 });
 */
export class Tasks extends Shown {
  readonly name: string;
  private readonly core: Core;
  private readonly engine: Engine;

  /** @throws TypeError if an option is wrong; RangeError if one is out of range */
  constructor(options: TasksOptions) {
    super();
    const plan = checkedTasks(options);
    const { name, url, keepResults, keepFailures, maxPayload } = plan;
    this.name = name;
    this.core = new Core({ name, maxPayload, keepResults });
    const settings = { name, keepResults, keepFailures, lanes: () => this.core.lanes() };
    this.engine = url === null ? new EmbeddedEngine(settings, this.core) : new BullEngine(settings, url);
    this.core.engine = this.engine;
    apps.add(this);
  }

  /** @internal */
  [TEXT](): string {
    return line('Tasks', this.name, counted(this.core.tasks.size, 'task'), this.engine.describe());
  }

  /** True if it keeps its jobs in this process. */
  get isEmbedded(): boolean {
    return this.engine instanceof EmbeddedEngine;
  }

  /** The tasks, by name. */
  get tasks(): ReadonlyMap<string, Task<never[], unknown>> {
    return this.core.tasks as ReadonlyMap<string, Runnable> as ReadonlyMap<string, Task<never[], unknown>>;
  }

  /**
   * Defines a task. Both the callers and the workers need the definition, so put it into a module that both import.
   *
   * @param name what callers and workers know it by
   * @param fn usually a generator function. It may be run more than once for a job, since a worker may die
   * @param options `attempts`, `backoff`, `timeout`, `rate`, `concurrency`, `queue`, `priority`, `thread`
   * @throws Error if there is a task of this name already
   */
  task<A extends unknown[], R>(name: string, fn: (...args: A) => R, options?: TaskOptions): Task<A, Settled<R>> {
    checkTaskName(name);
    checkedFunction(fn, 'app.task()');
    const plan = checkedTask(options);
    if (plan.thread && knownPlace(fn) === undefined) {
      throw new TypeError(
        `the task ${name} is to run in a thread, but its function is not made by remote() of greenhub/process: ` +
          `write export const ${name.replaceAll(/\W/g, '')} = remote(import.meta.url, '${name.replaceAll(/\W/g, '')}', …)`,
      );
    }
    if (this.core.tasks.has(name)) throw new Error(`the app ${this.name} has a task "${name}" already`);
    const task = new Task<A, Settled<R>>(this.core, name, fn as (...args: never[]) => unknown, plan);
    this.core.tasks.set(name, task);
    return task;
  }

  /** The result of a job by its id, also of another process. All jobs of an app share their ids. */
  result<R = unknown>(id: string): TaskResult<R> {
    return new TaskResult<R>(this.core, checkedIdOf(id), null);
  }

  /**
   * Calls that are stored together, all or none. Each may be a chain or a chord.
   *
   * @example
   * const pages = yield* app.group(urls.map((url) => load.s(url))).call();
   */
  group<const S extends readonly Complete[]>(calls: S): TaskGroup<ResultsOf<S>> {
    return new TaskGroup<ResultsOf<S>>(this.core, calls);
  }

  /**
   * Calls that run one after the other. Each but the first is given the result of the one before as its first argument.
   *
   * @example
   * const words = yield* app.chain([load.s(url), count.s()]).call();
   */
  chain<const S extends readonly AnySignature[]>(steps: S & Steps<S>): TaskChain<LastResult<S>> {
    return new TaskChain<LastResult<S>>(this.core, steps);
  }

  /**
   * A call that runs once all calls of a group have completed, with the list of their results as its first argument. If one of
   * them fails, so does the chord.
   *
   * @param before a group, or an array of calls, chains and chords
   *
   * @example
   * const report = yield* app.chord(urls.map((url) => load.s(url)), summarize.s()).call();
   */
  chord<G extends unknown[], R>(before: TaskGroup<G>, callback: Signature<[G[number][]], R>): TaskChord<R>;
  chord<const S extends readonly Complete[], R>(
    before: S,
    callback: Signature<[ResultOf<S[number]>[]], R>,
  ): TaskChord<R>;
  chord(before: readonly Complete[] | TaskGroup<unknown[]>, callback: AnySignature): TaskChord<unknown> {
    const given = before instanceof TaskGroup ? before.calls : before;
    const calls = checkedCalls<Single<unknown>>(this.core, given, Single, 'app.chord()');
    return new TaskChord<unknown>(this.core, calls, callback);
  }

  /**
   * Runs a call again and again. However many workers there are, each time is one job. A schedule of the same name is replaced.
   *
   * @param name what `unschedule()` knows it by
   * @param options `{ every }` in milliseconds, the first time at once; or `{ cron, tz }`
   * @returns an operation that ends when the schedule is stored
   *
   * @example
   * yield* app.schedule('nightly', { cron: '0 3 * * *', tz: 'Europe/Berlin' }, report.s());
   */
  schedule(name: string, options: ScheduleOptions, signature: Signature<[], unknown>): Operation<void> {
    const timing = checkedTiming(options);
    checkedScheduleName(name);
    if (!(signature instanceof Signature))
      throw new TypeError('app.schedule() takes a call as its third argument: task.s(…)');
    checkApp(this.core, signature, 'app.schedule()');
    const job = signature.job(PLAIN);
    return operation(() => this.engine.schedule(name, timing, job), 'schedule()');
  }

  /** Ends a schedule. The operation gives false if there is none of this name. */
  unschedule(name: string): Operation<boolean> {
    return operation(() => this.engine.unschedule(name), 'unschedule()');
  }

  /** The schedules of the app. */
  schedules(): Operation<Schedule[]> {
    const { engine } = this;
    return operation(function* (): Coroutine<Schedule[]> {
      return (yield* engine.schedules()).map(shownSchedule);
    }, 'schedules()');
  }

  /**
   * Makes a worker, which runs the tasks that are defined in this process. An embedded app needs none: its tasks run by
   * themselves, until a worker was made.
   *
   * @param options `queues`, `concurrency`, `grace`, `lock`
   */
  worker(options?: WorkerOptions): TaskWorker {
    return new TaskWorker(this.core, options);
  }

  /** Tells how many jobs there are. */
  stats(): Operation<TasksStats> {
    return operation(() => this.counting(), 'stats()');
  }

  /** The jobs that have failed for good. They are kept until they are retried or removed, or for `keepFailures`. */
  failed(options?: FailedOptions): Operation<FailedTask[]> {
    const { limit = 100 } = checkedOptions(options, { limit: 'number' }, 'app.failed()') ?? {};
    checkedWhole(limit, 'limit', 1);
    return operation(() => this.listingFailed(limit), 'failed()');
  }

  /**
   * Runs a job that has failed for good once more, with all its attempts. In a chain or a chord, the failed calls that it waits for
   * run before it.
   *
   * @returns an operation that gives false if the job has not failed
   * @throws UnknownJobError if nothing is known of it
   */
  retry(id: string): Operation<boolean> {
    return this.about(id, (place) => this.engine.retry(place), 'retry()');
  }

  /**
   * Removes a job and its result, and the calls that it waits for.
   *
   * @returns an operation that gives false if the job runs, and so was not removed: use `app.result(id).revoke()`
   * @throws UnknownJobError if nothing is known of it
   */
  remove(id: string): Operation<boolean> {
    return this.about(id, (place) => this.engine.remove(place), 'remove()');
  }

  /** Removes all jobs that wait or are delayed. Schedules stay. */
  drain(): Operation<void> {
    return operation(() => this.engine.drain(), 'drain()');
  }

  /** Stops all workers from taking jobs. What runs goes on. */
  pause(): Operation<void> {
    return operation(() => this.engine.pause(), 'pause()');
  }

  /** Lets the workers take jobs again. */
  resume(): Operation<void> {
    return operation(() => this.engine.resume(), 'resume()');
  }

  /**
   * Closes its connections, so that the process can end. Stop its workers first. An embedded app kills what runs, and forgets
   * its jobs.
   */
  close(): Operation<void> {
    apps.delete(this);
    return operation(() => this.engine.close(), 'close()');
  }

  private about(id: string, act: (place: Place) => Coroutine<boolean>, what: string): Operation<boolean> {
    const { engine } = this;
    checkedIdOf(id);
    return operation(function* (): Coroutine<boolean> {
      const place = yield* engine.locate(id);
      if (place === null) throw unknownJob(id);
      return yield* act(place);
    }, what);
  }

  private *counting(): Coroutine<TasksStats> {
    const lanes = Object.fromEntries(yield* this.engine.counts());
    const all = Object.values(lanes);
    const sum = (name: keyof Counts): number => all.reduce((total, counts) => total + counts[name], 0);
    return {
      waiting: sum('waiting'),
      delayed: sum('delayed'),
      active: sum('active'),
      completed: sum('completed'),
      failed: sum('failed'),
      lanes,
    };
  }

  private *listingFailed(limit: number): Coroutine<FailedTask[]> {
    const failed = yield* this.engine.failed(limit);
    return failed.map(({ id, lane, task, attempts, at, failure }) => ({
      id,
      task,
      queue: lane.split('.', 1)[0] as string,
      attempts,
      at: dateOf(at),
      error: unpackError(failure),
    }));
  }
}
