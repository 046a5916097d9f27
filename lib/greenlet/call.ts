import { addCaller } from './annotate.ts';
import { GreenletError } from './errors.ts';
import { CALL, kernel } from './kernel.ts';
import {
  BaseOperation,
  type Coroutine,
  type Frame,
  frameOf,
  isGenerator,
  type Operation,
  operationText,
  type Suspend,
} from './operation.ts';
import { probe, reached } from './probe.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { TEXT } from './shown.ts';

/**
 * A frame on a greenlet's explicit stack. Native `yield*` resumes through every generator of its chain. Here, the trampoline
 * resumes the innermost frame directly:
 *
 *     greenlet.frame ─▶ generator of the innermost call     (this is what gets resumed)
 *     greenlet.calls ─▶ Call ─outer─▶ Call ─outer─▶ null
 *                        │below         │below
 *                        ▼              ▼
 *                   its caller's     the body's generator, which ends last
 *                   generator
 */
export class Call<R> extends BaseOperation<R> implements Frame<R> {
  done = false;
  value: R;
  /** The call around this one. */
  outer: Call<unknown> | null;
  /** The frame that waits for this call's result; null while the call is not running. */
  private below: Coroutine<unknown> | null;
  /** @internal */
  readonly fn: (...args: any[]) => unknown;
  private readonly args: readonly unknown[];

  constructor(fn: (...args: any[]) => unknown, args: readonly unknown[]) {
    super();
    this.value = undefined as R;
    this.outer = null;
    this.below = null;
    this.fn = fn;
    this.args = args;
  }

  get name(): string {
    return this.fn.name || '(anonymous)';
  }

  /** @internal The frame that waits for this call's result; null while the call is not running. */
  get caller(): Coroutine<unknown> | null {
    return this.below;
  }

  /** @internal */
  [TEXT](): string {
    return operationText(`${this.below === null ? 'calls' : 'has called'} ${this.name}`);
  }

  [Symbol.iterator](): Iterator<Suspend, R, unknown> {
    return this.below === null ? this : new Call<R>(this.fn, this.args);
  }

  next(value?: unknown): IteratorResult<Suspend, R> {
    if (this.below !== null) {
      if (probe.isOn === true) return reached(CALL, this.next);
      this.below = null;
      return this.finish(value);
    }
    const greenlet = kernel.current;
    if (greenlet === kernel.main) {
      throw new GreenletError(
        `call(${this.name}) was iterated outside greenlets: write \`await\` there, not \`yield*\``,
      );
    }
    // A plain call, so that stack traces show the plain name.
    const { fn } = this;
    const result = fn(...this.args);
    const frame = frameOf(fn, result);
    if (frame === null) return this.finish(result);
    this.below = greenlet.frame;
    this.outer = greenlet.calls;
    greenlet.enterFrame(frame, this as Call<unknown>);
    return CALL;
  }

  throw(error?: unknown): IteratorResult<Suspend, R> {
    this.below = null;
    addCaller(error, kernel.current, this.throw);
    throw error;
  }

  return(value?: unknown): IteratorResult<Suspend, R> {
    this.below = null;
    return this.finish(value);
  }

  /** Removes this ended frame from its greenlet's stack. The trampoline then resumes the frame below. */
  pop(greenlet: RawGreenlet): void {
    greenlet.leaveFrame(this.below, this.outer);
    this.outer = null;
  }

  private finish(value: unknown): IteratorResult<Suspend, R> {
    this.done = true;
    this.value = value as R;
    return this as unknown as IteratorReturnResult<R>;
  }
}

/** The result of `call(fn)`: a generator's return value, an operation's value, or else the plain value (even a promise). */
export type Returned<R> =
  R extends Generator<unknown, infer T, never>
    ? T
    : R extends Promise<unknown>
      ? R
      : R extends Operation<infer T>
        ? T
        : R;

/**
 * Runs a coroutine as a frame on the greenlet's own explicit stack. Resuming costs the same at depth 1 and at depth 10,000
 * (through native `yield*` it costs O(depth)). A recursion a million calls deep does not overflow.
 *
 * @param fn a generator function; the result of a plain function is returned unchanged
 * @param args its arguments
 * @returns an operation for the result of `fn`; it throws the error of `fn`
 * @throws TypeError if `fn` is not a function
 *
 * @example
 * function* sum(n: number): Coroutine<number> {
 *   return n === 0 ? 0 : n + (yield* call(sum, n - 1));
 * }
 * const total = yield* call(sum, 1_000_000);
 */
export function call<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Operation<Returned<R>> {
  if (typeof fn !== 'function') {
    const what = isGenerator(fn) ? 'a generator: pass the function* without calling it' : typeof fn;
    throw new TypeError(`call() takes a function, not ${what}`);
  }
  return new Call<Returned<R>>(fn, args);
}
