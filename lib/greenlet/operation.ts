import { markTrampoline } from './frames.ts';
import { line, Shown, TEXT } from './shown.ts';
import { slots } from './slots.ts';

declare const suspend: unique symbol;

/** What a suspended operation yields to the trampoline. It is opaque: only the library creates and reads it. */
export interface Suspend {
  readonly [suspend]: never;
}

/**
 * A lazy, reusable description of something that may block. Creating an operation does nothing. To run it, write `yield*` in a
 * greenlet and `await` anywhere else.
 */
export interface Operation<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Suspend, T, unknown>;
  /** Runs it and handles an error, like `catch()` of a promise. Only outside greenlets; in a greenlet, write `try`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
  /** Runs it, then calls `onFinally`, like `finally()` of a promise. Only outside greenlets; in a greenlet, write `try`. */
  finally(onFinally?: (() => void) | null): Promise<T>;
}

/** What a greenlet's generator function returns. */
export type Coroutine<T> = Generator<Suspend, T, unknown>;

/** An iterator that the trampoline can resume: a generator, or an operation that is its own iterator. */
export interface Frame<T = unknown> extends Iterator<Suspend, T, unknown> {
  next(value?: unknown): IteratorResult<Suspend, T>;
  throw(error?: unknown): IteratorResult<Suspend, T>;
  return(value?: unknown): IteratorResult<Suspend, T>;
}

/** Looks for operations that are created and never run; null if that is turned off. */
let watcher: OperationWatcher | null = null;

export interface OperationWatcher {
  /** An operation is being created. Its fields are not set yet. */
  note(operation: BaseOperation<unknown>): void;
  /** The operation need not be run. */
  excuse(operation: object): void;
  /** The stack line where the operation was created. */
  lineOf(operation: object): string | undefined;
}

/** Marks an operation that need not be run, because it has already taken effect or the library uses it itself. */
export function excused<O extends object>(operation: O): O {
  watcher?.excuse(operation);
  return operation;
}

/** The line of the program that created an operation; known only in debug mode. Marks the operation as reported. */
export function whereMade(operation: unknown): string | undefined {
  if (watcher === null || !(operation instanceof BaseOperation)) return undefined;
  const line = watcher.lineOf(operation);
  watcher.excuse(operation);
  return line;
}

export function isWatchingOperations(): boolean {
  return watcher !== null;
}

/** Turns on the search for operations that are created and never run, or, with null, off. */
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

/** The base class of the library's operations. It makes them work with `await`. */
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
 * Creates an operation from a function that begins a coroutine. Each use of the operation begins a new coroutine.
 *
 * @param what the call that created the operation, for messages
 */
export function operation<T>(begin: () => Iterator<Suspend, T, unknown>, what = 'a coroutine'): Operation<T> {
  return new IteratorOperation(begin, what);
}

/** The line that shows an operation. `doing` says what the operation does. */
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

/** The prototype of all generator objects. The trampoline resumes frames through it. */
export const GeneratorPrototype = GeneratorFunction.prototype.prototype as Coroutine<unknown>;

/** Uses `instanceof`, because `Object.getPrototypeOf()` of a function leaves the compiled code. */
export function isGeneratorFunction(fn: unknown): boolean {
  return fn instanceof GeneratorFunction;
}

/**
 * Returns the frame that produces the final result of a function: its generator, or a new generator if the function returned an
 * operation or a foreign coroutine. Null for a plain value. The iterators of collections have no `throw`, and count as values.
 */
export function frameOf(fn: (...args: never[]) => unknown, result: unknown): Coroutine<unknown> | null {
  if (typeof result !== 'object' || result === null) return null;
  // Checks the function, because generators have as many shapes as there are generator functions.
  return isGeneratorFunction(fn) ? (result as Coroutine<unknown>) : foreignFrameOf(result);
}

function foreignFrameOf(result: object): Coroutine<unknown> | null {
  if (isOperation(result)) return delegate(result);
  const frame = result as Partial<Frame>;
  // The steps of an async generator are promises, so it counts as a value, too.
  if (typeof frame.next !== 'function' || typeof frame.throw !== 'function' || Symbol.asyncIterator in frame)
    return null;
  return Object.prototype.isPrototypeOf.call(GeneratorPrototype, result)
    ? (result as Coroutine<unknown>)
    : delegate({ [Symbol.iterator]: () => result as Frame });
}

markTrampoline(delegate);

function* delegate(operation: { [Symbol.iterator](): Iterator<Suspend, unknown, unknown> }): Coroutine<unknown> {
  return yield* operation;
}
