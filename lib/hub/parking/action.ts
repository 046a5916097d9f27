import type { Operation } from '../../greenlet/operation.ts';
import { refuseOptions } from '../checks/options.ts';
import { ExternalSuspension } from './external.ts';
import type { Suspension } from './suspension.ts';

/**
 * Starts some work, and calls `resolve` or `reject` when it ends. May return a function that cleans up.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: an executor may return nothing
export type Executor<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | void;

class Action<T> extends ExternalSuspension<T> {
  private readonly executor: Executor<T>;
  private readonly what: string;
  private cleanup: (() => void) | null;

  constructor(executor: Executor<T>, what: string) {
    super();
    this.executor = executor;
    this.what = what;
    this.cleanup = null;
  }

  describe(): string {
    return this.what;
  }

  override next(value?: unknown): ReturnType<Suspension<T>['next']> {
    const result = super.next(value);
    if (this.greenlet === null) this.cleanUp();
    return result;
  }

  protected begin(resolve: (value: T) => void, reject: (error: unknown) => void): void {
    const cleanup = this.executor(resolve, reject);
    this.cleanup = typeof cleanup === 'function' ? cleanup : null;
  }

  protected override reset(): void {
    super.reset();
    this.cleanup = null;
  }

  protected override cancelled(): void {
    this.cleanUp();
  }

  private cleanUp(): void {
    const { cleanup } = this;
    this.cleanup = null;
    cleanup?.();
  }
}

/**
 * Turns any callback API into an operation.
 *
 * @param executor called each time you wait for the operation. It calls `resolve` or `reject`; only the first call counts. It
 *   may return a cleanup function, which is called exactly once: after success, failure or cancellation
 * @throws the error passed to `reject`, or thrown by the executor or its cleanup
 *
 * @example
 * const opened = action<void>((resolve, reject) => {
 *   socket.once('connect', resolve).once('error', reject);
 *   return () => socket.off('connect', resolve).off('error', reject);
 * });
 */
export function action<T>(executor: Executor<T>): Operation<T>;
export function action<T>(executor: Executor<T>, extra?: unknown): Operation<T> {
  if (extra !== undefined) refuseOptions(extra, 'action()', 'withTimeout(ms, action(…))');
  if (typeof executor !== 'function') throw new TypeError(`action() takes a function, not ${typeof executor}`);
  return actionOf(executor.name === '' ? 'an action' : `action(${executor.name})`, executor);
}

/** The action of a call of the library. `what` is what it waits for, in messages. */
export function actionOf<T>(what: string, executor: Executor<T>): Operation<T> {
  return new Action(executor, what);
}
