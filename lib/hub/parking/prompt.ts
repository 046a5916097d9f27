import { kernel } from '../../greenlet/kernel.ts';
import { BaseOperation, excused, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { iteratedOutside, Suspension } from './suspension.ts';

/**
 * An operation that would not have had to wait when it was made, and so is expected not to. It lacks all that it takes to
 * wait, which makes it half as large as a `Suspension`. Should it have to wait after all, it makes one and passes on to it
 * whatever it is resumed with.
 */
export abstract class Prompt<T> extends BaseOperation<T> implements Frame<T> {
  readonly done: true;
  value: T;
  /** Waits for it; null while nobody waits. */
  private wait: Suspension<T> | null;

  constructor() {
    super();
    this.done = true;
    this.value = undefined as T;
    this.wait = null;
  }

  /** @internal Finishes if it need not wait: sets `value` and gives true, or throws. Must change nothing otherwise. */
  abstract finishNow(): boolean;

  /** Makes the same operation, able to wait. */
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
    return this.attempt() ? this : this.resume(excused(this.unfinished()), undefined);
  }

  /** Finishes if it need not wait, where it is `yield*` that asks. It may begin what `unfinished()` goes on with. */
  protected attempt(): boolean {
    return this.finishNow();
  }

  /** What waits when `attempt()` has not finished. */
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

/** True for a wait of the library's own, which can be tried without waiting and which catches nothing. */
export function isWait(body: unknown): body is Suspension<unknown> | Prompt<unknown> {
  return body instanceof Suspension || body instanceof Prompt;
}
