import { GreenletError } from './errors.ts';
import { describe, enterFromMain, kernel, type Mode, NEXT, PARK, THROW, takeUnyielded, trace } from './kernel.ts';
import { BaseOperation, type Frame, type Suspend } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

const MADE = 0;
const AWAY = 1;
const BACK = 2;

/**
 * The operation behind `greenlet.switch()` and `greenlet.throw()`: goes to the target, and is finished when
 * somebody switches back. Made by main, it has already run and `value` is what came back.
 */
export class Switch<T = any> extends BaseOperation<T> implements Frame<T> {
  done: boolean;
  /** What came back. While under way it is the switch itself, which is how the trampoline gets to see it. */
  value: T;
  /** @internal */
  readonly target: RawGreenlet;
  /** @internal */
  readonly mode: Mode;
  /** @internal */
  readonly sent: unknown;
  /** @internal How many arguments `sent` stands for: an array of them unless 0 or 1. */
  readonly count: number;
  private step: typeof MADE | typeof AWAY | typeof BACK;

  /** @internal */
  constructor(target: RawGreenlet, mode: Mode, sent: unknown, count: number) {
    super();
    this.done = false;
    this.value = undefined as T;
    this.target = target;
    this.mode = mode;
    this.sent = sent;
    this.count = count;
    this.step = MADE;
    if (kernel.current === kernel.main) {
      this.value = enterFromMain(target, mode, sent, count) as T;
      this.done = true;
    } else {
      kernel.unyielded += 1;
      kernel.unyieldedTarget = target;
    }
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.step === AWAY ? new Switch<T>(this.target, this.mode, this.sent, this.count) : this;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is an operation
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // Made by main it has run already, and must not run again.
    if (this.done) return Promise.resolve(this.value).then(onFulfilled, onRejected);
    return super.then(onFulfilled, onRejected);
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    if (this.step === AWAY) return this.finish(value as T);
    const current = kernel.current;
    if (kernel.unyielded !== 0) {
      if (this.step === MADE) kernel.unyielded -= 1;
      if (kernel.unyielded !== 0) throw takeUnyielded();
    }
    if (current === kernel.main) {
      throw new GreenletError(
        `a switch to ${describe(this.target)} was iterated outside greenlets: call switch() there without \`yield*\``,
      );
    }
    if (current.pending !== null) {
      kernel.raisePending(current);
      this.step = AWAY;
      return PARK;
    }
    if (this.target === current) return this.toItself(current);
    this.step = AWAY;
    this.done = false;
    this.value = this as unknown as T;
    return this as unknown as IteratorResult<Suspend, T>;
  }

  throw(error?: unknown): IteratorResult<Suspend, T> {
    this.step = BACK;
    this.value = undefined as T;
    throw error;
  }

  return(value?: unknown): IteratorResult<Suspend, T> {
    return this.finish(value as T);
  }

  private finish(value: T): IteratorResult<Suspend, T> {
    this.step = BACK;
    this.done = true;
    this.value = value;
    return this as unknown as IteratorReturnResult<T>;
  }

  private toItself(current: RawGreenlet): IteratorResult<Suspend, T> {
    if (kernel.tracer !== null) {
      const failure = trace(this.mode === NEXT ? 'switch' : 'throw', current, current);
      if (failure !== null) throw failure.error;
    }
    if (this.mode === THROW) throw this.sent;
    return this.finish(this.sent as T);
  }
}
