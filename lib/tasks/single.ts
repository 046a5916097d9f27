import type { NewJob } from './engine.ts';
import type { CallPlan } from './options.ts';
import { resultOfJob, type TaskResult } from './task-result.ts';
import { Work } from './work.ts';

/** Work whose result is that of one job: a call, a chain or a chord. */
export abstract class Single<R> extends Work<R, TaskResult<R>> {
  /** @internal Makes that job, with those that it waits for. */
  abstract job(call: CallPlan): NewJob;

  protected jobs(call: CallPlan): readonly NewJob[] {
    return [this.job(call)];
  }

  protected resultOf([job]: readonly NewJob[]): TaskResult<R> {
    return resultOfJob<R>(this.core, job as NewJob);
  }
}

type SingleClass<S> = abstract new (...args: never[]) => S;

/** @throws TypeError unless all are of the class */
export function checkedCalls<S extends Single<unknown>>(
  calls: readonly S[],
  Class: SingleClass<S>,
  caller: string,
): readonly S[] {
  if (Array.isArray(calls) && calls.every((each) => each instanceof Class)) return [...calls];
  throw new TypeError(`${caller} takes an array of calls: ${caller.slice(0, -1)}[load.s(url), …])`);
}
