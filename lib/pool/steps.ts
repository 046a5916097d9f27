import { isA } from '../greenlet/errors.ts';
import { type Coroutine, isOperation, type Operation } from '../greenlet/operation.ts';
import { getcurrent, type RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { finishCleanup } from '../hub/cancellation/cleanup.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { hub } from '../hub/loop/hub.ts';
import { isThenable } from '../hub/parking/body.ts';
import { handOver } from '../hub/parking/handed-over.ts';
import { until } from '../hub/parking/until.ts';
import { helper } from '../hub/tasks/helper.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { Queue } from '../sync/queue.ts';

/** A source for `forEach`: an Iteration, a Queue, an async iterable (such as a Node or web stream), or an iterable. */
export type Source<T> = AsyncIterable<T> | Iterable<T>;

export type Step<T> = IteratorResult<T, unknown>;

/** A uniform interface to all kinds of sources. */
export interface Steps<T> {
  /** Describes in messages what `stop()` waits for. */
  readonly cleanup: string;
  /**
   * Set if all items are present and a step runs no code of the program, so that any code may take a step at any time.
   */
  readonly present?: Iterator<T> | undefined;
  next(): Operation<Step<T>> | PromiseLike<Step<T>> | Step<T>;
  /** Called after the last step, and after a failed step. */
  finish?(): void;
  /** Stops early because of an error. An iterator's own `return()` waits for a step that is still running. */
  stop(because: unknown): PromiseLike<unknown> | undefined;
}

interface WebStream<T> {
  getReader(): WebReader<T>;
}

/** The part that we use of a web stream's reader. */
export interface WebReader<T> {
  read(): PromiseLike<Step<T>>;
  cancel(): PromiseLike<void>;
  releaseLock(): void;
}

interface NodeStream {
  destroy(): unknown;
}

/**
 * Checks a source when it is handed over, and subscribes to the promises in a list.
 *
 * @throws TypeError if it cannot be iterated
 */
export function takeSource(source: unknown, caller: string): void {
  if (!isSource(source)) {
    throw new TypeError(`${caller} takes iterables, streams, queues and Iterations, not ${kindOf(source)}`);
  }
  if (Array.isArray(source) || source instanceof Set) handOverItems(source);
}

function handOverItems(list: Iterable<unknown>): void {
  try {
    for (const item of list) handOver(item);
  } catch {
    // An item that throws when it is read throws again in its step, where the caller gets it.
  }
}

function isSource(source: unknown): boolean {
  if (typeof source === 'string') return true;
  if (typeof source !== 'object' || source === null) return false;
  return typeof iteratorMethod(source as Source<unknown>) === 'function' || 'getReader' in source;
}

/** The prototypes of the iterators of arrays, sets and maps. */
const PRESENT: readonly object[] = /* @__PURE__ */ [[].values(), new Set().values(), new Map().values()].map(
  Object.getPrototypeOf,
);

export function stepsOf<T>(source: Source<T>): Steps<T> {
  const object = Object(source) as object;
  if ('getReader' in object) return webStreamSteps(object as WebStream<T>);
  if (object instanceof Iteration) {
    const cursor = (object as Iteration<T>).enter();
    return { cleanup: 'the end of an Iteration', next: () => cursor.next(), stop: () => asPromise(cursor.leave()) };
  }
  // A queue keeps its items.
  if (object instanceof Queue) {
    return { cleanup: 'nothing', next: () => (object as Queue<T>).next(), stop: () => undefined };
  }
  const iterator = iteratorOf(source);
  return {
    cleanup: returnOf(iterator),
    present: PRESENT.includes(Object.getPrototypeOf(iterator)) ? (iterator as Iterator<T>) : undefined,
    next: () => iterator.next(),
    stop() {
      // The iterator of a Node stream would wait for the next chunk before it closes the stream.
      if (isDestroyable(object)) object.destroy();
      return asPromise(iterator.return?.());
    },
  };
}

/** The iterator that `for await` would use. */
function iteratorOf<T>(source: Source<T>): AsyncIterator<T> | Iterator<T> {
  const iterator: unknown = iteratorMethod(source)?.call(source);
  if (isObject(iterator)) return iterator as unknown as AsyncIterator<T> | Iterator<T>;
  throw new TypeError(`the source's iterator is ${kindOf(iterator)}: an iterator is an object with next()`);
}

function iteratorMethod<T>(source: Source<T>): (() => unknown) | undefined {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = source as Partial<AsyncIterable<T> & Iterable<T>>;
  return async ?? sync ?? undefined;
}

function isDestroyable(source: object): source is NodeStream {
  return typeof (source as Partial<NodeStream>).destroy === 'function';
}

/** Uses a reader rather than the stream's iterator, whose `return()` waits for a running read. */
function webStreamSteps<T>(stream: WebStream<T>): Steps<T> {
  const reader = stream.getReader();
  return {
    cleanup: `cancel() of a ${nameOf(stream)}`,
    next: () => reader.read(),
    finish: () => reader.releaseLock(),
    stop: (because) => stopReader(reader, because),
  };
}

/** Cancels the stream of a reader because of an error, and releases its lock at once: the source may take long to end. */
export async function stopReader(reader: WebReader<unknown>, because: unknown): Promise<void> {
  const cancelled = reader.cancel();
  reader.releaseLock();
  try {
    await cancelled;
  } catch (error) {
    // After a cancel, the body of a fetch throws an error whose cause is the reason. That is not a new error.
    throw isA(error, Error) && 'cause' in error && error.cause === because ? because : error;
  }
}

function asPromise(value: unknown): PromiseLike<unknown> | undefined {
  return isThenable(value) ? value : undefined;
}

/** Describes the `return()` of an iterator in messages. */
function returnOf(iterator: object): string {
  return `return() of ${/^[AEIOU]/.test(nameOf(iterator)) ? 'an' : 'a'} ${nameOf(iterator)}`;
}

/** The name of an object's class, or of its kind if it has no class, such as a generator. */
function nameOf(object: object): string {
  const name: unknown = object.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : Object.prototype.toString.call(object).slice(8, -1);
}

/**
 * Takes a step and checks it as `for await` does. If the step fails, the source has ended. If the greenlet is cancelled
 * during the step, the source is stopped.
 */
export function* take<T>(steps: Steps<T>): Coroutine<Step<T>> {
  const step: unknown = steps.next();
  if (!isObject(step) || !('then' in step)) return checkedStep(step, steps);
  const operation = isOperation(step) ? step : null;
  let failed = false;
  const noted = (error: unknown): never => {
    failed = true;
    throw error;
  };
  const settled = operation === null ? Promise.resolve(step).then(undefined, noted) : null;
  let outcome: unknown;
  try {
    outcome = yield* operation ?? until(settled as Promise<unknown>);
  } catch (error) {
    if (failed) steps.finish?.();
    else spawn(stopAmid, steps, error, getcurrent(), settled);
    throw error;
  }
  return checkedStep(outcome, steps);
}

function checkedStep<T>(step: unknown, steps: Steps<T>): Step<T> {
  if (isObject(step)) return step as Step<T>;
  steps.finish?.();
  throw new TypeError(`a step of the source is ${kindOf(step)}: next() of an iterator gives { done, value }`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' ? value !== null : typeof value === 'function';
}

/**
 * Stops a source early because of an error. An error of the stop itself cannot be thrown, so it is reported, unless it
 * is the same error, as with a stream that the cancellation has already broken.
 *
 * @param greenlet the greenlet to name in reports
 */
export const stop = /* @__PURE__ */ helper(function* stop<T>(
  steps: Steps<T>,
  because: unknown,
  greenlet: RawGreenlet,
): Coroutine<void> {
  try {
    const stopped = steps.stop(because);
    if (stopped !== undefined) yield* finishCleanup(stopped, steps.cleanup, greenlet);
  } catch (error) {
    if (error !== because) hub.tell(greenlet, error);
  }
});

/**
 * The same during a step, without waiting for the stop. An iterator's `return()` waits for the step, which may take
 * forever and is not part of the cleanup. So the grace period begins when the step has ended.
 */
const stopAmid = /* @__PURE__ */ helper(function* stopAmid<T>(
  steps: Steps<T>,
  because: unknown,
  greenlet: RawGreenlet,
  step: Promise<unknown> | null,
): Coroutine<void> {
  const tell = (error: unknown): void => {
    if (error !== because) hub.tell(greenlet, error);
  };
  try {
    const stopped = steps.stop(because);
    if (stopped === undefined) return;
    let isOver = false;
    const cleanup = Promise.resolve(stopped)
      .then(undefined, tell)
      .then(() => {
        isOver = true;
      });
    const finish = (): void => {
      if (!isOver) spawn(finishing, cleanup, steps.cleanup, greenlet);
    };
    if (step === null) finish();
    else step.then(finish, finish);
  } catch (error) {
    tell(error);
  }
});

const finishing = /* @__PURE__ */ helper(finishCleanup);
