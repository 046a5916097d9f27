import { kernel, PARK } from '../../greenlet/kernel.ts';
import { RESUMED } from '../../greenlet/life.ts';
import { BaseOperation, type Frame, operationText, type Suspend } from '../../greenlet/operation.ts';
import { probe, reached } from '../../greenlet/probe.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { NEXT } from '../../greenlet/state.ts';
import { hub } from '../loop/hub.ts';

const FINISHED: IteratorReturnResult<undefined> = { done: true, value: undefined };

class LetOthersRun extends BaseOperation<void> implements Frame<void> {
  /** @internal */
  [TEXT](): string {
    return operationText('lets others run');
  }

  [Symbol.iterator](): Iterator<Suspend, void, unknown> {
    return this;
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    if (value === RESUMED) return FINISHED;
    // Outside a drain no greenlet may park. The trampoline raises the error that says so.
    if (kernel.parkable === false) return probe.isOn ? reached(PARK, this.next) : PARK;
    const greenlet = kernel.current;
    greenlet.queue(NEXT, RESUMED);
    hub.enqueue(greenlet);
    return PARK;
  }

  throw(error?: unknown): never {
    throw error;
  }

  return(): IteratorResult<Suspend, void> {
    return FINISHED;
  }
}

/**
 * Goes to the back of the run queue. For the library's own use: unlike `sleep(0)`, it raises no pending error, and it does not
 * end the turn of a branch.
 */
export const letOthersRun = /* @__PURE__ */ new LetOthersRun();
