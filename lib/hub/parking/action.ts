import type { Operation } from '../../greenlet/operation.ts';
import { refuseOptions } from '../checks/options.ts';
import { ExternalSuspension } from './external.ts';
import type { Suspension } from './suspension.ts';

/**
 * Starts something and says, through `resolve` or `reject`, how it ended. May return a function that cleans up.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: an executor may return nothing
export type Executor<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | void;

class Action<T> extends ExternalSuspension<T> {
  private readonly executor: Executor<T>;
  private cleanup: (() => void) | null;

  constructor(executor: Executor<T>) {
    super();
    this.executor = executor;
    this.cleanup = null;
  }

  describe(): string {
    return this.executor.name === '' ? 'an action' : `action(${this.executor.name})`;
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
 * An operation out of any callback API.
 *
 * @param executor called each time the operation is waited for; it calls `resolve` or `reject` (the first call counts)
 *   and may return a function that cleans up, which is called exactly once, on success, failure and cancel alike
 * @throws what `reject` was given, or what the executor or its cleanup throws
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
  return new Action(executor);
}
