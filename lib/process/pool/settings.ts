import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../../hub/checks/options.ts';
import { checkChildOptions } from '../child/check-options.ts';
import { encode } from '../travel/encode.ts';
import { placeOf, type Target } from '../travel/target.ts';
import { workerStarter } from './start-worker.ts';
import type { PoolSettings } from './worker-pool.ts';

export interface PoolOptions {
  /** How many tasks run in a worker at once, as greenlets. The default is 1. */
  concurrency?: number | undefined;
  /** Runs once in each worker, before its first task. If it fails, the pool is closed, and every call fails with its error. */
  initializer?: Target | undefined;
  /** The arguments of the initializer. */
  initargs?: readonly unknown[] | undefined;
  /** A worker is replaced after so many items. */
  maxTasksPerChild?: number | undefined;
  /** The name of the pool in messages. */
  name?: string | undefined;
  /** The most memory of a worker, as for a `Worker` of Node. A worker that needs more dies. */
  resourceLimits?: ResourceLimits | undefined;
}

export interface ProcessPoolOptions extends PoolOptions {
  /** The environment of the workers. The default is that of this process. */
  env?: NodeJS.ProcessEnv | undefined;
  /** The flags of Node for the workers. The default is those of this process. */
  execArgv?: readonly string[] | undefined;
}

const THREADS: OptionNames<PoolOptions> = {
  concurrency: 'number',
  initializer: 'function',
  initargs: 'any',
  maxTasksPerChild: 'number',
  name: 'string',
  resourceLimits: 'object',
};
const PROCESSES: OptionNames<ProcessPoolOptions> = { ...THREADS, env: 'object', execArgv: 'any' };

/** Checks the parameters of a pool. */
export function settingsOf(
  kind: 'thread' | 'process',
  size: number | undefined,
  options: ProcessPoolOptions = {},
): PoolSettings {
  const Class = kind === 'thread' ? 'ThreadPool' : 'ProcessPool';
  const call = `new ${Class}()`;
  checkedOptions(options, kind === 'thread' ? THREADS : PROCESSES, call);
  checkChildOptions(kind, options, call);
  const { concurrency = 1, initializer, initargs = [], maxTasksPerChild = Infinity, name, ...others } = options;
  if (!Array.isArray(initargs)) throw new TypeError(`initargs of ${call} must be a list of arguments`);
  const way = { toThread: kind === 'thread', use: 'argument' } as const;
  const task = {
    initializer: initializer === undefined ? null : placeOf(initializer, `the initializer of ${call}`),
    initargs: encode(initargs, 'initargs', way),
  };
  return {
    kind: Class,
    name,
    size: checkedCount(size ?? availableParallelism(), `the size of a ${Class}`),
    concurrency: checkedCount(concurrency, `concurrency of ${call}`),
    maxTasks: maxTasksPerChild === Infinity ? Infinity : checkedCount(maxTasksPerChild, `maxTasksPerChild of ${call}`),
    hasInitializer: initializer !== undefined,
    way,
    start: workerStarter({ kind, task: structuredClone(task), ...others }),
  };
}

/** @throws RangeError for anything but a whole number, at least 1 */
function checkedCount(count: number, what: string): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RangeError(`${what} must be a whole number, at least 1, not ${kindOf(count)}`);
}
