import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { callAndSettle, type Settled } from '../hub/parking/body.ts';
import type { Core } from './core.ts';
import type { NewJob } from './engine.ts';
import { type ApplyAsyncOptions, type CallPlan, checkedCall, type TaskPlan } from './options.ts';
import type { Runnable } from './run-job.ts';
import { Signature } from './signature.ts';
import { resultOfJob, type TaskResult } from './task-result.ts';
import { calling, storing } from './work.ts';

/** All parameters but the first. */
export type Rest<A extends unknown[]> = A extends [unknown, ...infer Others] ? Others : [];
/** The first parameter. */
export type First<A extends unknown[]> = A extends [infer Head, ...unknown[]] ? [Head] : [];

/**
 * A function that a worker runs, maybe on another machine: see `app.task()`.
 *
 * @example
 * const page = yield* load.call('https://example.com/');    // somewhere, and waits
 * const result = yield* load.delay('https://example.com/'); // stores it, and goes on
 * const here = yield* load.run('https://example.com/');     // here, as any function
 */
export class Task<A extends unknown[], R> extends Shown implements Runnable {
  readonly name: string;
  /** @internal */
  readonly fn: (...args: never[]) => unknown;
  /** @internal */
  readonly plan: TaskPlan;
  private readonly core: Core;

  /** @internal */
  constructor(core: Core, name: string, fn: (...args: never[]) => unknown, plan: TaskPlan) {
    super();
    this.core = core;
    this.name = name;
    this.fn = fn;
    this.plan = plan;
  }

  /** @internal */
  [TEXT](): string {
    return line('Task', this.name, `queue ${this.plan.queue}`);
  }

  /** Its queue. */
  get queue(): string {
    return this.plan.queue;
  }

  /** Calls the function here, without a worker, and without the options of the task. */
  run(...args: A): Operation<R> {
    return callAndSettle(this.fn as (...args: unknown[]) => unknown, ...args) as Operation<R>;
  }

  /**
   * Runs the task in a worker, and waits for its result. If the caller is killed, or its time is up, the job is revoked, and the
   * caller waits until that is known, up to `getHub().cleanupGrace`.
   *
   * @param args the arguments of the function
   * @throws TypeError, at once, if an argument cannot be stored; what the task throws; its GreenletExit if it was revoked;
   *   StoreError if the server refuses to store it
   */
  call(...args: A): Operation<R> {
    return calling(this.core, this.maker(args), (jobs) => this.resultOf(jobs));
  }

  /**
   * Puts the task into its queue.
   *
   * @param args the arguments of the function
   * @returns an operation for the result object. Once it returns, the job is stored
   * @throws TypeError, at once, if an argument cannot be stored; StoreError if the server refuses to store it
   */
  delay(...args: A): Operation<TaskResult<R>> {
    return storing(this.core, this.maker(args), (jobs) => this.resultOf(jobs), Infinity);
  }

  /**
   * Puts the task into a queue, with options.
   *
   * @param args the arguments of the function, as an array
   * @param options `delay` in milliseconds or `eta`, `priority`, `id`, `expires`, `attempts`, `queue`; `timeout` limits the time
   *   that it takes to store it
   * @returns an operation for the result object. Once it returns, the job is stored
   * @throws TypeError, at once, if an argument cannot be stored; StoreError if the server refuses to store it, or does not
   *   answer within `timeout`
   */
  applyAsync(args: A, options?: ApplyAsyncOptions): Operation<TaskResult<R>> {
    if (!Array.isArray(args))
      throw new TypeError('applyAsync() takes the arguments as an array: applyAsync([url], { delay: 500 })');
    const call = checkedCall(options, this.core.engine.now());
    return storing(this.core, this.maker(args, call), (jobs) => this.resultOf(jobs), call.timeout);
  }

  /**
   * A call of this task, to be made later or as a part of a group, a chain or a chord. In a chain or a chord, leave the first
   * argument out: it is the result of what ran before.
   */
  s(...args: A): Signature<[], R>;
  s(...args: Rest<A>): Signature<First<A>, R>;
  s(...args: unknown[]): unknown {
    return new Signature<never[], R>(this.core, this, args);
  }

  private maker(args: readonly unknown[], call?: CallPlan): () => readonly NewJob[] {
    return () => [this.core.newJob(this, args, call ?? checkedCall(undefined, 0))];
  }

  private resultOf([job]: readonly NewJob[]): TaskResult<R> {
    return resultOfJob<R>(this.core, job as NewJob);
  }
}

/** The task of a function. */
export type TaskOf<F> = F extends (...args: infer A) => infer R ? Task<A, Settled<R>> : never;
