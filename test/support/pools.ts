/** Both kinds of pools, for tests that hold for both. They use the built package, as their workers do. */
import { type PoolOptions, type PoolResult, ProcessPool, type ProcessPoolOptions, ThreadPool } from 'greenhub/process';

export type AnyPool = ThreadPool | ProcessPool;

export interface PoolKind {
  readonly name: 'ThreadPool' | 'ProcessPool';
  make(size?: number, options?: PoolOptions): AnyPool;
}

export const poolKinds: readonly PoolKind[] = [
  { name: 'ThreadPool', make: (size, options) => new ThreadPool(size, options) },
  // Without the flags of the test runner, which would load a compiler in each process.
  {
    name: 'ProcessPool',
    make: (size, options?: ProcessPoolOptions) => new ProcessPool(size, { execArgv: [], ...options }),
  },
];

/** Runs a body with a pool, and waits until its workers have ended. */
export async function withPool<R>(pool: AnyPool, body: (pool: AnyPool) => PromiseLike<R>): Promise<R> {
  try {
    return await body(pool);
  } finally {
    await pool.terminate();
  }
}

/** The value of a call, or the name of its error. */
export function* outcomeOf(result: PoolResult<unknown>) {
  try {
    return yield* result.get();
  } catch (error) {
    return (error as Error).name;
  }
}
