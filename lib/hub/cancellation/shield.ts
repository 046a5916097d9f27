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
 * Protects a body from cancellation. A kill or a timeout from outside is held back until the body has ended, and is raised at the
 * next suspension. Use it for cleanup that blocks. Keep the body short, because nothing can stop it.
 *
 * @param body a function without parameters (usually a function*), an operation, or a promise
 * @returns an operation for the body's result; it throws the body's error
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
