import type { Operation } from '../greenlet/operation.ts';
import { checkedTime } from './checks.ts';
import { getHub } from './hub.ts';
import { Suspension } from './suspension.ts';

const hub = getHub();

class Sleep extends Suspension<void> {
  private readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  describe(): string {
    return `sleep(${this.ms})`;
  }

  protected park(): void {
    if (this.ms === 0) this.complete();
    else if (this.ms !== Infinity) hub.timers.start(this, this.ms);
  }

  override abort(): void {
    hub.timers.stop(this);
  }

  protected override complete(): void {
    super.complete(undefined);
  }
}

/**
 * Waits for a while. `sleep(0)` goes to the back of the run queue: everybody who is ready runs first.
 *
 * @param ms milliseconds, rounded up to whole ones; Infinity sleeps until killed
 * @throws RangeError for NaN and negative times, TypeError for what is no number
 *
 * @example
 * yield* sleep(250);
 */
export function sleep(ms: number): Operation<void> {
  return new Sleep(checkedTime(ms, 'the time to sleep'));
}

class Idle extends Suspension<void> {
  describe(): string {
    return 'idle()';
  }

  protected park(): void {
    hub.whenIdle(() => this.notify());
  }
}

/**
 * Waits until nothing else is ready to run and the event loop has had a turn: for work that may wait.
 *
 * @example
 * for (const chunk of chunks) { compress(chunk); yield* idle(); }
 */
export function idle(): Operation<void> {
  return new Idle();
}
