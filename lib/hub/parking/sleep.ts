import { kernel, PARK } from '../../greenlet/kernel.ts';
import { RESUMED } from '../../greenlet/life.ts';
import {
  BaseOperation,
  type Frame,
  isWatchingOperations,
  type Operation,
  operationText,
  type Suspend,
} from '../../greenlet/operation.ts';
import { probe, reached } from '../../greenlet/probe.ts';
import { TEXT } from '../../greenlet/shown.ts';
import { checkedTime } from '../checks/checks.ts';
import { refuseOptions } from '../checks/options.ts';
import { hub } from '../loop/hub.ts';
import { iteratedOutside, maySuspend, Suspension } from './suspension.ts';
import { raisedHere } from './where-raised.ts';

class Sleep extends Suspension<void> {
  private readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  describe(): string {
    return `sleep(${this.ms})`;
  }

  protected override register(): void {
    if (this.ms !== Infinity) hub.timers.start(this, this.ms);
  }

  protected override unregister(): void {
    hub.timers.stop(this);
  }
}

/**
 * Waits for a time. `sleep(0)` goes to the back of the run queue, so that every ready greenlet runs first.
 *
 * @param ms milliseconds, rounded up to whole ones; Infinity sleeps until the greenlet is killed
 * @throws RangeError for NaN and negative times, TypeError for anything but a number
 *
 * @example
 * yield* sleep(250);
 */
export function sleep(ms: number): Operation<void>;
export function sleep(ms: number, extra?: unknown): Operation<void> {
  if (extra !== undefined) refuseOptions(extra, 'sleep()', 'withTimeout(ms, sleep(…))');
  if (ms !== 0) return new Sleep(checkedTime(ms, 'the time to sleep'));
  return isWatchingOperations() ? new GoToTheBack() : goToTheBack;
}

const FINISHED: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * `sleep(0)`. The greenlet is ready again at once, so nothing can complete or abort this wait. It needs no state, and one object
 * serves all greenlets. That makes it the cheapest suspension.
 */
class GoToTheBack extends BaseOperation<void> implements Frame<void> {
  describe(): string {
    return 'sleep(0)';
  }

  /** @internal */
  [TEXT](): string {
    return operationText('waits for sleep(0)');
  }

  [Symbol.iterator](): Iterator<Suspend, void, unknown> {
    return this;
  }

  next(value?: unknown): IteratorResult<Suspend, void> {
    if (value === RESUMED) return FINISHED;
    const greenlet = kernel.current;
    if (greenlet === kernel.main) return this.inMain();
    if (maySuspend(greenlet)) {
      hub.requeue(greenlet);
    }
    return PARK;
  }

  /** A method of its own, because `next()` is quicker the shorter it is. */
  private inMain(): IteratorResult<Suspend, void> {
    if (probe.isOn) return reached(PARK, this.next);
    throw iteratedOutside(this);
  }

  throw(error?: unknown): IteratorResult<Suspend, void> {
    raisedHere(error, this.throw);
    throw error;
  }

  return(): IteratorResult<Suspend, void> {
    return FINISHED;
  }
}

const goToTheBack = new GoToTheBack();

class Idle extends Suspension<void> {
  describe(): string {
    return 'idle()';
  }

  protected override register(): void {
    hub.whenIdle(this);
  }
}

/**
 * Waits until no greenlet is ready and the event loop has turned. Use it for work with low priority.
 *
 * @example
 * for (const chunk of chunks) { compress(chunk); yield* idle(); }
 */
export function idle(): Operation<void>;
export function idle(extra?: unknown): Operation<void> {
  if (extra !== undefined) refuseOptions(extra, 'idle()', 'withTimeout(ms, idle())');
  return new Idle();
}
