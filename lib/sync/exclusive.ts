import { GreenletError } from '../greenlet/errors.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { sameOwner } from '../hub/tasks/owner.ts';
import { Acquirable, namesOf } from './acquirable.ts';

/** The base class of Lock and RLock: it has one holder at a time and knows which. */
export abstract class Exclusive extends Acquirable {
  protected holder: RawGreenlet | null = null;
  /** How many acquires its holder has not released yet. */
  private depth = 0;

  /** True while a greenlet holds it. */
  locked(): boolean {
    return this.holder !== null;
  }

  protected holdText(): string {
    if (this.holder === null) return 'free';
    return `held ${this.depth > 1 ? `${this.depth} times ` : ''}by ${namesOf([this.holder])}`;
  }

  /** @internal */
  take(greenlet: RawGreenlet): void {
    this.holder = greenlet;
    this.depth += 1;
  }

  /** @internal */
  holders(): readonly RawGreenlet[] {
    return this.holder === null ? [] : [this.holder];
  }

  /** @internal */
  heldBy(greenlet: RawGreenlet): boolean {
    return this.holder !== null && sameOwner(this.holder, greenlet);
  }

  /** @internal Releases it completely and returns how many times it was acquired, for `regain()`. */
  yieldHold(): number {
    const { depth } = this;
    this.depth = 0;
    this.holder = null;
    this.handOver();
    return depth;
  }

  /** @internal Restores the depth after `yieldHold()`. Call it once, after acquiring the lock again. */
  regain(depth: number): void {
    this.depth += depth - 1;
  }

  /** Undoes one `acquire()`. */
  protected releaseOnce(): void {
    if (this.holder === null) throw new GreenletError(`${this.name} is not held: call acquire() before release()`);
    if (this.depth === 1) this.yieldHold();
    else this.depth -= 1;
  }
}
