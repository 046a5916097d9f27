import { checkedTimeout, type TimeoutOption } from '../checks/checks.ts';
import { getHub } from '../loop/hub.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { Suspension } from './suspension.ts';
import { tellWhereRaised } from './where-raised.ts';

const hub = getHub();

/** The timer of a `TimedSuspension`. */
class Deadline implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly onDue: () => void;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }

  notify(): void {
    this.onDue();
  }
}

/** A suspension with a time limit. */
export abstract class TimedSuspension<T> extends Suspension<T> {
  /** Undefined if there is no limit: Infinity would be a heap number in every operation. */
  private readonly timeout: number | undefined;
  private deadline: Deadline | null;

  /** @throws RangeError for a negative or NaN timeout, TypeError for anything but a number */
  constructor(options: TimeoutOption | undefined) {
    super();
    this.timeout = options === undefined ? undefined : checkedTimeout(options);
    this.deadline = null;
  }

  /** Finishes if it can without waiting, like `attempt()`. */
  protected abstract tryNow(): boolean;

  /** Called when the time is up. Returns the result of the operation, or throws. */
  protected abstract timedOut(timeout: number): T;

  /** Begins the wait, like `park()`. The deadline has been started. */
  protected abstract enqueue(): void;

  protected override attempt(): boolean {
    if (this.tryNow()) return true;
    if (this.timeout !== 0) return false;
    this.value = this.timedOut(0);
    return true;
  }

  protected override park(): void {
    if (this.timeout !== undefined && this.timeout !== Infinity) {
      this.deadline = new Deadline(() => this.expire());
      hub.timers.start(this.deadline, this.timeout);
    }
    this.enqueue();
  }

  protected override complete(value: T): void {
    this.stopDeadline();
    super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.stopDeadline();
    super.fail(error);
  }

  override abort(): void {
    this.stopDeadline();
    super.abort();
  }

  protected override reset(): void {
    this.deadline = null;
  }

  private expire(): void {
    this.deadline = null;
    this.abort();
    try {
      this.complete(this.timedOut(this.timeout as number));
    } catch (error) {
      tellWhereRaised(error);
      this.fail(error);
    }
  }

  private stopDeadline(): void {
    const { deadline } = this;
    if (deadline === null) return;
    this.deadline = null;
    hub.timers.stop(deadline);
  }
}
