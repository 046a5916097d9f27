import type { Operation } from '../greenlet/operation.ts';
import { line, TEXT } from '../greenlet/shown.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { Core, Flow } from './core.ts';
import type { NewJob, Place } from './engine.ts';
import type { CallPlan } from './options.ts';
import type { Runnable } from './run-job.ts';
import { TaskResult } from './task-result.ts';
import { Work } from './work.ts';

/** A call of a task, made by `task.s()`. `Missing` are the arguments that it still lacks. */
export class Signature<Missing extends unknown[], R> extends Work<R, TaskResult<R>> {
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

  protected jobs(call: CallPlan): readonly NewJob[] {
    return [this.job(call)];
  }

  protected resultOf([job]: readonly NewJob[]): TaskResult<R> {
    return resultOfTree<R>(this.core, job as NewJob);
  }
}

/** Any signature, whatever it lacks. */
export type AnySignature = Signature<never[], unknown>;
/** The result of a signature. */
export type ResultOf<S> = S extends Signature<never[], infer R> ? R : never;

export const PLAIN: CallPlan = {
  delay: 0,
  priority: null,
  id: null,
  expires: null,
  attempts: null,
  queue: null,
  timeout: Infinity,
};

/** The result of the last job of a tree. */
export function resultOfTree<R>(core: Core, job: NewJob): TaskResult<R> {
  return new TaskResult<R>(core, job.id, job, [...below(job)]);
}

function* below({ children }: NewJob): Iterable<Place> {
  for (const child of children) {
    yield { lane: child.lane, id: child.id };
    yield* below(child);
  }
}
