import type { Operation } from '../../greenlet/operation.ts';
import type { Target, TargetArgs, TargetResult } from '../travel/target.ts';
import { ThreadPool } from './thread-pool.ts';

let pool: ThreadPool | null = null;

/**
 * Calls a target in another thread and waits for its result. All calls share one ThreadPool, which is made when it is first
 * needed.
 *
 * @param target a function of `remote()`, or `{ module, export }`
 * @param args its arguments
 * @throws as `apply()` of a ThreadPool
 *
 * @example
 * const hash = yield* offload(scrypt, password, salt);
 */
export function offload<T extends Target>(target: T, ...args: TargetArgs<T>): Operation<TargetResult<T>> {
  pool ??= new ThreadPool(undefined, { name: 'offload' });
  return pool.apply(target, args);
}
