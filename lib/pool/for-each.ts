import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { refuseOptions } from '../hub/checks/options.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { type Source, type Steps, stepsOf, stop, take, takeSource } from './steps.ts';

/**
 * Runs a body for each item of a source, one after the other. It waits for items that have not arrived yet.
 *
 * @param source the items. If the body throws or the greenlet is cancelled, a stream is destroyed, `return()` of an
 *   iterator is called, and a Queue keeps its items
 * @param body called with each item; a function* may block, and an async function is awaited
 * @returns an operation that ends with the source
 * @throws any error of the source or the body
 *
 * @example
 * yield* forEach(response.body ?? [], function* (chunk) { yield* save(chunk); });
 */
export function forEach<T>(source: Source<T>, body: (item: T) => unknown): Operation<void>;
export function forEach<T>(source: Source<T>, body: (item: T) => unknown, extra?: unknown): Operation<void> {
  checkedFunction(body, 'forEach(source, body)');
  takeSource(source, 'forEach()');
  if (extra !== undefined) refuseOptions(extra, 'forEach()', 'withTimeout(ms, forEach(…))');
  return operation(() => goThrough(stepsOf(source), body), 'forEach()');
}

function* goThrough<T>(steps: Steps<T>, body: (item: T) => unknown): Coroutine<void> {
  const greenlet = getcurrent();
  for (;;) {
    const step = yield* take(steps);
    if (step.done) {
      steps.finish?.();
      return;
    }
    try {
      yield* callAndSettle(body, step.value);
    } catch (error) {
      yield* shield(() => stop(steps, error, greenlet));
      throw error;
    }
  }
}
