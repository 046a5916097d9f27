import { kernel } from '../../greenlet/kernel.ts';
import type { Claimed } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { Timeout } from '../cancellation/timeout.ts';
import type { TimeoutOption } from '../checks/checks.ts';
import { deadlineOf } from '../parking/deadline.ts';
import { Suspension } from '../parking/suspension.ts';
import type { Waitable } from '../parking/waitable.ts';
import { passedOn } from '../parking/where-raised.ts';

/** A greenlet that can be joined. */
interface Joinable extends RawGreenlet, Waitable, Claimed {
  taken: boolean;
  successful(): boolean;
  claim(): void;
}

/** What `join()` and `get()` share: a wait in the greenlet's queue. */
abstract class Ending<T> extends Suspension<T> {
  protected readonly awaited: Joinable;
  /** True if the wait is over, and its branch may yet be cancelled without the error. */
  private hasClaim: boolean;

  constructor(awaited: Joinable, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.awaited = awaited;
    this.hasClaim = false;
  }

  abstract timedOut(timeout: number): T;

  override at(): object {
    return this.awaited;
  }

  override blockers(): Iterable<RawGreenlet> {
    return [this.awaited];
  }

  protected override tryNow(): boolean {
    this.hasClaim = false;
    if (!this.awaited.ready()) return false;
    this.takeError(kernel.current);
    return true;
  }

  protected override register(): void {
    this.awaited.watch(this);
  }

  override notify(): void {
    this.hasClaim = this.takeError(this.greenlet as RawGreenlet);
  }

  protected override cancelled(error?: unknown): void {
    if (this.hasClaim && error !== this.awaited.exception) this.awaited.disclaim();
    this.hasClaim = false;
  }

  /** Takes an error of the greenlet that has ended. For a branch, which may yet lose, it only claims the error. */
  private takeError(waiter: RawGreenlet): boolean {
    const { awaited } = this;
    if (awaited.successful()) return false;
    if (waiter.branching === null) {
      awaited.taken = true;
      return false;
    }
    awaited.claim();
    waiter.rare.claimed = awaited;
    return true;
  }
}

/** Waits until a greenlet has ended, and ignores its result or error. */
export class Join extends Ending<void> {
  describe(): string {
    return `the end of ${shownName(this.awaited)}`;
  }

  override notify(): void {
    super.notify();
    this.complete();
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
    return `the value of ${shownName(this.awaited)}`;
  }

  protected override tryNow(): boolean {
    if (!super.tryNow()) return false;
    const { awaited } = this;
    if (!awaited.successful()) throw passedOn(awaited.exception);
    this.value = awaited.input as T;
    return true;
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.awaited.name} has not ended within ${timeout} ms`);
  }

  override notify(): void {
    super.notify();
    const { awaited } = this;
    if (awaited.successful()) this.complete(awaited.input as T);
    else this.fail(awaited.exception);
  }
}

/** Its name, for messages. A greenlet that was created by `new` and not started is a common cause of a deadlock. */
function shownName({ name, started }: Joinable): string {
  return started ? name : `${name}, which has not started`;
}
