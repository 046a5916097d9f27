import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { Timeout } from '../cancellation/timeout.ts';
import type { TimeoutOption } from '../checks/checks.ts';
import { deadlineOf } from '../parking/deadline.ts';
import { Suspension } from '../parking/suspension.ts';
import type { Waitable } from '../parking/waitable.ts';
import { passedOn } from '../parking/where-raised.ts';
import type { ErrorTaker } from './end-waiters.ts';

/** A greenlet that can be joined. */
interface Joinable extends RawGreenlet, Waitable {
  taken: boolean;
  /** Returns its result, or throws its error. */
  outcomeNow(): unknown;
}

/** What `join()` and `get()` share: a wait in the greenlet's queue. */
abstract class Ending<T> extends Suspension<T> implements ErrorTaker {
  readonly takesErrors = true;
  protected readonly awaited: Joinable;

  constructor(awaited: Joinable, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.awaited = awaited;
  }

  abstract timedOut(timeout: number): T;

  override at(): object {
    return this.awaited;
  }

  override blockers(): Iterable<RawGreenlet> {
    return [this.awaited];
  }

  protected override register(): void {
    this.awaited.watch(this);
  }
}

/** Waits until a greenlet has ended, and ignores its result or error. */
export class Join extends Ending<void> {
  describe(): string {
    return `the end of ${this.awaited.name}`;
  }

  protected override tryNow(): boolean {
    if (!this.awaited.ready()) return false;
    this.awaited.taken = true;
    return true;
  }

  /** A join gives nothing, in time or not. */
  timedOut(): void {}
}

/** Waits for the value of a greenlet. Throws the greenlet's error. */
export class Get<T> extends Ending<T> {
  protected override get isForOthers(): boolean {
    return true;
  }

  describe(): string {
    return `the value of ${this.awaited.name}`;
  }

  protected override tryNow(): boolean {
    if (!this.awaited.ready()) return false;
    try {
      this.value = this.awaited.outcomeNow() as T;
    } catch (error) {
      throw passedOn(error);
    }
    return true;
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.awaited.name} has not ended within ${timeout} ms`);
  }

  override notify(): void {
    try {
      this.complete(this.awaited.outcomeNow() as T);
    } catch (error) {
      this.fail(error);
    }
  }
}
