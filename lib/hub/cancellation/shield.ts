import type { Operation } from '../../greenlet/operation.ts';
import { refuseOptions } from '../checks/options.ts';
import { type Body, type BodyResult, takeBody } from '../parking/body.ts';
import { CancelScope } from './cancel-scope.ts';
import { Scoped } from './scoped.ts';

class Shield<T> extends Scoped<T> {
  override describe(): string {
    return `shield(${this.bodyName})`;
  }

  protected another(): Shield<T> {
    return new Shield<T>(this.body, 'shield()');
  }

  protected makeScope(): CancelScope {
    return new CancelScope('shield');
  }
}

/**
 * Runs a body that is not to be cancelled: kills and timeouts from outside of it wait until it has ended, and are
 * raised at the next suspension after it. For cleanup that blocks. Keep it short: nothing can stop it.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for what the body returns; it throws what the body throws
 *
 * @example
 * try { yield* work(tx); } finally { yield* shield(() => tx.rollback()); }
 */
export function shield<B extends Body<unknown>>(body: B): Operation<BodyResult<B>>;
export function shield<B extends Body<unknown>>(body: B, extra?: unknown): Operation<BodyResult<B>> {
  const taken = takeBody(body, 'shield()');
  if (extra !== undefined) refuseOptions(extra, 'shield()', 'shield(() => withTimeout(ms, …))');
  return new Shield<BodyResult<B>>(taken, 'shield()');
}
