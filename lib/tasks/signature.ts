import type { Operation } from '../greenlet/operation.ts';
import { line, TEXT } from '../greenlet/shown.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { Core, Flow } from './core.ts';
import type { NewJob } from './engine.ts';
import type { CallPlan } from './options.ts';
import type { Runnable } from './run-job.ts';
import { Single } from './single.ts';

/** A call of a task, made by `task.s()`. `Missing` are the arguments that it still lacks. */
export class Signature<Missing extends unknown[], R> extends Single<R> {
  private readonly task: Runnable;
  private readonly args: readonly unknown[];

  /** @internal */
  constructor(core: Core, task: Runnable, args: readonly unknown[]) {
    super(core);
    this.task = task;
    this.args = args;
    // The caller learns at once what cannot be stored.
    core.newJob(task, args, PLAIN);
  }

  /** @internal */
  [TEXT](): string {
    return line('Signature', this.task.name);
  }

  /** Calls the function here, with the arguments that are missing. */
  run(...missing: Missing): Operation<R> {
    return callAndSettle(this.task.fn as (...args: unknown[]) => unknown, ...missing, ...this.args) as Operation<R>;
  }

  /** @internal */
  job(call: CallPlan, flow?: Flow): NewJob {
    return this.core.newJob(this.task, this.args, call, flow);
  }
}

/** Any signature, whatever it lacks. */
export type AnySignature = Signature<never[], unknown>;
/** The result of a call, a chain or a chord. */
export type ResultOf<S> = S extends Single<infer R> ? R : never;

export const PLAIN: CallPlan = {
  delay: 0,
  priority: null,
  id: null,
  expires: null,
  attempts: null,
  queue: null,
  timeout: Infinity,
};
