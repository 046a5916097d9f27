import { type ProcessPoolOptions, settingsOf } from './settings.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * A pool of processes, which run functions of modules on all cores. Each has a memory of its own: a crash ends one process only.
 *
 * The processes are kept until the pool is closed. They keep no program alive, but tasks do.
 *
 * @example
 * using pool = new ProcessPool(4, { maxTasksPerChild: 1_000 });
 * const pages = yield* pool.map(render, documents);
 */
export class ProcessPool extends WorkerPool {
  /**
   * @param size the number of processes; by default that of the processor's cores
   * @throws TypeError or RangeError if an option is wrong
   */
  constructor(size?: number, options?: ProcessPoolOptions) {
    super(settingsOf('process', size, options));
  }
}
