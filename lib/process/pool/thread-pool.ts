import { type PoolOptions, settingsOf } from './settings.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * A pool of threads, which run functions of modules on all cores. They start quickly and share memory.
 *
 * The threads are kept until the pool is closed. They keep no program alive, but tasks do.
 *
 * @example
 * using pool = new ThreadPool();
 * const hashes = yield* pool.map(hash, files);
 */
export class ThreadPool extends WorkerPool {
  /**
   * @param size the number of threads; by default that of the processor's cores
   * @throws TypeError or RangeError if an option is wrong
   */
  constructor(size?: number, options?: PoolOptions) {
    super(settingsOf('thread', size, options));
  }
}
