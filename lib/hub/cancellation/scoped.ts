import { Call } from '../../greenlet/call.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { BaseOperation, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { type Body, callBody } from '../parking/body.ts';
import { isWait } from '../parking/prompt.ts';
import { iteratedOutside } from '../parking/suspension.ts';
import type { CancelScope } from './cancel-scope.ts';
import { enterScope, leaveScope } from './cancellation.ts';

/**
 * An operation that runs a body in a cancel scope of its own. It is its own iterator, because a generator for each use would cost
 * several times as much. It forwards the steps of the body's iterator:
 *
 *     yield* ─▶ enter ─▶ the body's steps ─▶ leave ─▶ finished, or failed
 */
export abstract class Scoped<T> extends BaseOperation<T> implements Frame<T> {
  done: boolean;
  value: T;
  protected readonly body: Body<unknown>;
  private readonly caller: string;
  private greenlet: RawGreenlet | null;
  /** The body's iterator; null while the body is not running. */
  private steps: Frame<unknown> | null;
  private scope: CancelScope | null;

  constructor(body: Body<unknown>, caller: string) {
    super();
    this.done = false;
    this.value = undefined as T;
    this.body = body;
    this.caller = caller;
    this.greenlet = null;
    this.steps = null;
    this.scope = null;
  }

  /** Creates a copy, for a use of the operation while this one is running. */
  protected abstract another(): Scoped<T>;

  protected abstract makeScope(): CancelScope;

  /** Called after the scope was entered. */
  protected begun(_greenlet: RawGreenlet, _scope: CancelScope): void {}

  /** Called when the body has ended. */
  protected ended(): void {}

  /** Called when the body has failed. Returns the result of the operation instead, or throws. */
  protected recover(error: unknown, _scope: CancelScope): T {
    throw error;
  }

  describe(): string {
    return this.caller;
  }

  /** @internal */
  [TEXT](): string {
    return operationText(`${this.greenlet === null ? '' : `${this.greenlet.name} `}runs ${this.describe()}`);
  }

  /** @internal The name of the body in messages. */
  get bodyName(): string {
    const { body } = this;
    if (typeof body === 'function') return body.name === '' ? 'a function' : body.name;
    return isWait(body) ? body.describe() : 'an operation';
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.steps === null ? this : this.another();
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    let result: IteratorResult<Suspend, unknown>;
    try {
      const steps = this.steps ?? this.enter();
      result = steps.next(value);
    } catch (error) {
      return this.fail(error);
    }
    return result.done === true ? this.finish(result.value) : result;
  }

  throw(error?: unknown): IteratorResult<Suspend, T> {
    let result: IteratorResult<Suspend, unknown>;
    try {
      if (this.steps === null) throw error;
      result = this.steps.throw(error);
    } catch (thrown) {
      return this.fail(thrown);
    }
    return result.done === true ? this.finish(result.value) : result;
  }

  return(value?: unknown): IteratorResult<Suspend, T> {
    this.steps?.return(value);
    return this.finish(value);
  }

  private enter(): Frame<unknown> {
    const greenlet = kernel.current;
    if (greenlet === kernel.main) throw iteratedOutside(this);
    const { body } = this;
    // The library's own waits catch no error, so they need no frame of their own.
    const operation = isWait(body) ? body : callBody(body, this.caller);
    const steps = operation[Symbol.iterator]() as Frame<unknown>;
    const scope = this.makeScope();
    scope.floor = steps instanceof Call ? steps : null;
    this.greenlet = greenlet;
    this.steps = steps;
    this.scope = scope;
    enterScope(greenlet, scope);
    this.begun(greenlet, scope);
    return steps;
  }

  private leave(): CancelScope | null {
    const { greenlet, scope } = this;
    if (greenlet === null || scope === null) return null;
    this.greenlet = null;
    this.steps = null;
    this.scope = null;
    this.ended();
    leaveScope(greenlet, scope);
    return scope;
  }

  private fail(error: unknown): IteratorResult<Suspend, T> {
    const scope = this.leave();
    if (scope === null) throw error;
    return this.finish(this.recover(error, scope));
  }

  private finish(value: unknown): IteratorResult<Suspend, T> {
    this.leave();
    this.done = true;
    this.value = value as T;
    return this as unknown as IteratorReturnResult<T>;
  }
}
