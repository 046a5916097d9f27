import { kernel } from '../greenlet/kernel.ts';
import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { type Body, type BodyResult, callBody, checkBody } from './body.ts';
import { CancelScope, enterScope, leaveScope } from './cancel-scope.ts';

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
export function shield<B extends Body<unknown>>(body: B): Operation<BodyResult<B>> {
  checkBody(body, 'shield()');
  return operation(function* (): Coroutine<BodyResult<B>> {
    const greenlet = kernel.current;
    const scope = new CancelScope('shield');
    enterScope(greenlet, scope);
    try {
      return yield* callBody(body, 'shield()');
    } finally {
      leaveScope(greenlet, scope);
    }
  });
}
