import type { Core } from './core.ts';
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

/** @throws TypeError unless all are of the class and of the app */
export function checkedCalls<S extends Single<unknown>>(
  core: Core,
  calls: readonly S[],
  Class: SingleClass<S>,
  caller: string,
): readonly S[] {
  if (!Array.isArray(calls) || !calls.every((each) => each instanceof Class)) {
    throw new TypeError(`${caller} takes an array of calls: ${caller.slice(0, -1)}[load.s(url), …])`);
  }
  for (const each of calls) checkApp(core, each, caller);
  return [...calls];
}

/** Jobs are stored together, in one app. The workers of that app do not know the tasks of another. */
export function checkApp({ name }: Core, { core }: Single<unknown>, caller: string): void {
  if (core.name === name) return;
  throw new TypeError(
    `${caller} of the app ${name} cannot take a call of the app ${core.name}: call it from a task of ${name}`,
  );
}
