import { plugInProcess } from '../hub/reports/in-process.ts';

plugInProcess();

export { registerError } from '../process/travel/error-classes.ts';
export type { Complete, LastResult, Steps, TaskChain, TaskChord } from './chain.ts';
export { type CurrentTask, currentTask } from './current-task.ts';
export type { Counts, TaskStatus } from './engine.ts';
export { RetryLater, StoreError, type StoreProblem, UnknownJobError, Unrecoverable } from './errors.ts';
export type { GroupResult, ResultsOf, TaskGroup } from './group.ts';
export type { ApplyAsyncOptions, BackoffOptions, RateOptions, TaskOptions } from './options.ts';
export type { Schedule, ScheduleOptions } from './schedule.ts';
export type { AnySignature, ResultOf, Signature } from './signature.ts';
export type { First, Rest, Task } from './task.ts';
export type { RevokeOptions, TaskResult } from './task-result.ts';
export { Tasks } from './tasks.ts';
export type { FailedOptions, FailedTask, TasksOptions, TasksStats } from './tasks-options.ts';
export type { TaskWorker, WorkerOptions } from './worker.ts';
