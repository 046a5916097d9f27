import { kernel } from '../../greenlet/kernel.ts';
import { BaseOperation, excused, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { iteratedOutside, Suspension } from './suspension.ts';

/**
 * An operation that is expected to finish without waiting, because it could have finished when it was created. It has no
 * fields for waiting, and so half the size of a `Suspension`. If it must wait after all, it creates a `Suspension` and delegates
 * to it.
 */
export abstract class Prompt<T> extends BaseOperation<T> implements Frame<T> {
  readonly done: true;
  value: T;
  /** The suspension that waits instead; null while nobody waits. */
  private wait: Suspension<T> | null;

  constructor() {
    super();
    this.done = true;
    this.value = undefined as T;
    this.wait = null;
  }

  /** @internal Finishes if it can without waiting: sets `value` and returns true, or throws. Otherwise it must change nothing. */
  abstract finishNow(): boolean;

  /** Creates a suspension for the same operation. */
  protected abstract patient(): Suspension<T>;

  describe(): string {
    return excused(this.patient()).describe();
  }

  /** @internal */
  [TEXT](): string {
    return this.wait === null ? operationText(`waits for ${this.describe()}`) : this.wait[TEXT]();
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.wait === null ? this : excused(this.patient());
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.wait !== null) return this.resume(this.wait, value);
    if (kernel.current === kernel.main) throw iteratedOutside(this);
    return this.finishOrBegin() ? this : this.resume(excused(this.unfinished()), undefined);
  }

  /** Like `finishNow()`, for `yield*`. It may begin work that `unfinished()` continues. */
  protected finishOrBegin(): boolean {
    return this.finishNow();
  }

  /** The suspension that waits after `finishOrBegin()` has returned false. */
  protected unfinished(): Suspension<T> {
    return this.patient();
  }

  throw(error?: unknown): IteratorResult<Suspend, T> {
    const { wait } = this;
    this.wait = null;
    if (wait !== null) return wait.throw(error);
    throw error;
  }

  return(value?: unknown): IteratorResult<Suspend, T> {
    this.wait?.return(value);
    this.wait = null;
    this.value = value as T;
    return this;
  }

  private resume(wait: Suspension<T>, value: unknown): IteratorResult<Suspend, T> {
    this.wait = null;
    const result = wait.next(value);
    if (result.done !== true) this.wait = wait;
    return result;
  }
}

/** True for one of the library's own waits. It can be tried without waiting, and it catches no error. */
export function isWait(body: unknown): body is Suspension<unknown> | Prompt<unknown> {
  return body instanceof Suspension || body instanceof Prompt;
}
