import { type Coroutine, frameOf, type Operation, operation } from '../greenlet/operation.ts';
import { checkedFunction } from '../hub/checks.ts';
import { spawn } from '../hub/greenlet.ts';
import { shield } from '../hub/shield.ts';
import { until } from '../hub/until.ts';

/** An Iteration or a Queue: its steps are operations. */
interface Stepwise<T> extends AsyncIterable<T> {
  next(): Operation<IteratorResult<T, undefined>>;
  return?(): void;
}

/** What `forEach` goes through: an Iteration, a Queue, an async iterable (a Node or web stream is one), an iterable. */
export type Source<T> = Stepwise<T> | AsyncIterable<T> | Iterable<T>;

/**
 * Runs a body for each item, one after the other, waiting for items that are not there yet.
 *
 * @param source what to go through. When the body throws or the greenlet is cancelled, a stream is destroyed and an
 *   iterator told to `return()`; a Queue keeps what it holds
 * @param body gets the item; a function* may block
 * @returns an operation for the end of the source
 * @throws what the source or the body throws
 *
 * @example
 * yield* forEach(response.body, function* (chunk) { yield* save(chunk); });
 */
export function forEach<T>(source: Source<T>, body: (item: T) => unknown): Operation<void> {
  checkedFunction(body, 'forEach()');
  if (typeof source !== 'object' && typeof source !== 'string') {
    throw new TypeError(`forEach() goes through iterables, streams, queues and Iterations, not ${typeof source}`);
  }
  return operation(() => goThrough(stepsOf(source), body));
}

/** One way of going through all kinds of sources. */
interface Steps<T> {
  next(): Operation<IteratorResult<T, unknown>> | PromiseLike<IteratorResult<T, unknown>> | IteratorResult<T, unknown>;
  /** Stops early. `busy` when a step is still under way, behind which an iterator's own `return()` would queue up. */
  stop(busy: boolean): PromiseLike<unknown> | undefined;
}

function* goThrough<T>(steps: Steps<T>, body: (item: T) => unknown): Coroutine<void> {
  let busy = false;
  let ended = false;
  try {
    for (;;) {
      busy = true;
      const step = steps.next();
      const result = 'then' in step ? yield* until(step) : step;
      busy = false;
      if (result.done === true) break;
      const frame = frameOf(body(result.value));
      if (frame !== null) yield* { [Symbol.iterator]: () => frame };
    }
    ended = true;
  } finally {
    if (!ended) {
      const stopped = steps.stop(busy);
      // A stop that must wait for the step under way may take for ever: its end is looked after elsewhere.
      if (stopped !== undefined && busy) spawn(() => until(stopped));
      else if (stopped !== undefined) yield* shield(until(stopped));
    }
  }
}

interface WebStream<T> {
  getReader(): {
    read(): PromiseLike<IteratorResult<T, unknown>>;
    cancel(): PromiseLike<void>;
    releaseLock(): void;
  };
}

interface NodeStream {
  destroy(): unknown;
}

function stepsOf<T>(source: Source<T>): Steps<T> {
  if ('getReader' in Object(source)) return webStreamSteps(source as unknown as WebStream<T>);
  const stepwise = source as Partial<Stepwise<T>>;
  const asyncIterable = source as Partial<AsyncIterable<T>>;
  if (typeof stepwise.next === 'function' && typeof asyncIterable[Symbol.asyncIterator] === 'function') {
    return {
      next: () => (source as Stepwise<T>).next(),
      stop: () => stepwise.return?.() as PromiseLike<unknown> | undefined,
    };
  }
  const iterator = asyncIterable[Symbol.asyncIterator]?.() ?? (source as Iterable<T>)[Symbol.iterator]();
  return {
    next: () => iterator.next(),
    stop: () => {
      // The iterator of a Node stream would wait for the chunk under way before it closes the stream.
      if ('destroy' in Object(source)) (source as unknown as NodeStream).destroy();
      const returned = iterator.return?.();
      return returned !== undefined && 'then' in returned ? returned : undefined;
    },
  };
}

/** Through a reader and not the stream's iterator, whose `return()` waits for the read under way. */
function webStreamSteps<T>(stream: WebStream<T>): Steps<T> {
  const reader = stream.getReader();
  return {
    next: () => reader.read(),
    stop: () => reader.cancel(),
  };
}
