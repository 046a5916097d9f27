import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { type Source, type Steps, stepsOf, stop, take, takeSource } from './steps.ts';

/**
 * Runs a body for each item, one after the other, waiting for items that are not there yet.
 *
 * @param source what to go through. When the body throws or the greenlet is cancelled, a stream is destroyed and an
 *   iterator told to `return()`; a Queue keeps what it holds
 * @param body gets the item; a function* may block, and an async function is waited for
 * @returns an operation for the end of the source
 * @throws what the source or the body throws
 *
 * @example
 * yield* forEach(response.body ?? [], function* (chunk) { yield* save(chunk); });
 */
export function forEach<T>(source: Source<T>, body: (item: T) => unknown): Operation<void> {
  checkedFunction(body, 'forEach(source, body)');
  takeSource(source, 'forEach()');
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
