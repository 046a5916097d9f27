import { markTrampoline } from './frames.ts';
import { line, Shown, TEXT } from './shown.ts';
import { slots } from './slots.ts';

declare const suspend: unique symbol;

/** What a suspended operation yields to the trampoline. Opaque: only the library makes and reads it. */
export interface Suspend {
  readonly [suspend]: never;
}

/**
 * A lazy, reusable description of something that may block. Creating one does nothing.
 * Inside a greenlet `yield*` it, anywhere else `await` it.
 */
export interface Operation<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Suspend, T, unknown>;
  /** Waits, and replaces an error by the result of `onRejected`, as a promise does. Outside greenlets only; in a greenlet write `try`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
  /** Waits, and calls `onFinally` in any case, as a promise does. Outside greenlets only; in a greenlet write `try`. */
  finally(onFinally?: (() => void) | null): Promise<T>;
}

/** What a greenlet's generator function returns. */
export type Coroutine<T> = Generator<Suspend, T, unknown>;

/** Something the trampoline can resume: a generator, or an operation that is its own iterator. */
export interface Frame<T = unknown> extends Iterator<Suspend, T, unknown> {
  next(value?: unknown): IteratorResult<Suspend, T>;
  throw(error?: unknown): IteratorResult<Suspend, T>;
  return(value?: unknown): IteratorResult<Suspend, T>;
}

/** Who looks for operations that are made and never run; null when nobody does. */
let watcher: OperationWatcher | null = null;

export interface OperationWatcher {
  /** An operation is made. Its fields are not set yet. */
  note(operation: BaseOperation<unknown>): void;
  /** It need not be run. */
  excuse(operation: object): void;
  /** The line that made it, as in a stack trace. */
  lineOf(operation: object): string | undefined;
}

/** Marks an operation that need not be run: what made it has acted already, or uses it in its own way. */
export function excused<O extends object>(operation: O): O {
  watcher?.excuse(operation);
  return operation;
}

/** The line of the program that made an operation, in debug mode. Marks the operation as reported. */
export function whereMade(operation: unknown): string | undefined {
  if (watcher === null || !(operation instanceof BaseOperation)) return undefined;
  const line = watcher.lineOf(operation);
  watcher.excuse(operation);
  return line;
}

export function isWatchingOperations(): boolean {
  return watcher !== null;
}

/** Has somebody look for operations that are made and never run, or nobody. */
export function setOperationWatcher(next: OperationWatcher | null): void {
  watcher = next;
  Object.setPrototypeOf(BaseOperation, next === null ? Shown : Noted);
}

/**
 * The base class of operations in debug mode, instead of `Shown`. A check of the mode in the constructor would cost about
 * 10 ns for each operation.
 */
class Noted extends (Shown as new () => object) {
  constructor() {
    super();
    watcher?.note(this as unknown as BaseOperation<unknown>);
  }
}

/** Base of every operation of the library: gives it the `await` half. */
export abstract class BaseOperation<T> extends Shown implements Operation<T> {
  abstract [Symbol.iterator](): Iterator<Suspend, T, unknown>;

  // biome-ignore lint/suspicious/noThenProperty: an operation is awaited outside greenlets (DESIGN.md section 1)
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return slots.awaitOperation<T>(this).then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }
}

class IteratorOperation<T> extends BaseOperation<T> {
  private readonly begin: () => Iterator<Suspend, T, unknown>;
  private readonly what: string;

  constructor(begin: () => Iterator<Suspend, T, unknown>, what: string) {
    super();
    this.begin = begin;
    this.what = what;
  }

  /** @internal */
  [TEXT](): string {
    return operationText(`runs ${this.what}`);
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this.begin();
  }
}

/**
 * Makes an operation from a function that begins a coroutine. Each use of the operation begins a new one.
 *
 * @param what the call that made it, for messages
 */
export function operation<T>(begin: () => Iterator<Suspend, T, unknown>, what = 'a coroutine'): Operation<T> {
  return new IteratorOperation(begin, what);
}

/** The line that shows an operation. The text says what it does when it runs. */
export function operationText(doing: string): string {
  return line('Operation', 'Operation', doing);
}

export function isOperation(value: unknown): value is Operation<unknown> {
  return (
    value instanceof BaseOperation ||
    (typeof value === 'object' &&
      value !== null &&
      !(value instanceof Promise) &&
      typeof (value as Partial<Operation<unknown>>)[Symbol.iterator] === 'function' &&
      typeof (value as Partial<Operation<unknown>>).then === 'function')
  );
}

/** True for the result of calling a `function*`. */
export function isGenerator(value: unknown): boolean {
  return typeof (value as Partial<Generator> | null)?.next === 'function' && Symbol.iterator in (value as object);
}

const GeneratorFunction = function* () {}.constructor as GeneratorFunctionConstructor;

/** What a generator object inherits from; the trampoline resumes frames through it. */
export const GeneratorPrototype = GeneratorFunction.prototype.prototype as Coroutine<unknown>;

/** By `instanceof`, because `Object.getPrototypeOf()` of a function leaves the compiled code. */
export function isGeneratorFunction(fn: unknown): boolean {
  return fn instanceof GeneratorFunction;
}

/**
 * What the trampoline has to resume to finish what a function gave: its generator, or one made of the result if that is
 * an operation or a foreign coroutine; null for a plain value. Iterators of collections have no `throw` and stay values.
 */
export function frameOf(fn: (...args: never[]) => unknown, result: unknown): Coroutine<unknown> | null {
  if (typeof result !== 'object' || result === null) return null;
  // Seen on the function, because generators themselves have as many shapes as there are generator functions.
  return isGeneratorFunction(fn) ? (result as Coroutine<unknown>) : foreignFrameOf(result);
}

function foreignFrameOf(result: object): Coroutine<unknown> | null {
  if (isOperation(result)) return delegate(result);
  const frame = result as Partial<Frame>;
  if (typeof frame.next !== 'function' || typeof frame.throw !== 'function') return null;
  return Object.prototype.isPrototypeOf.call(GeneratorPrototype, result)
    ? (result as Coroutine<unknown>)
    : delegate({ [Symbol.iterator]: () => result as Frame });
}

markTrampoline(delegate);

function* delegate(operation: { [Symbol.iterator](): Iterator<Suspend, unknown, unknown> }): Coroutine<unknown> {
  return yield* operation;
}
