import { GreenletError } from '../greenlet/errors.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { sameOwner } from '../hub/tasks/owner.ts';
import { Acquirable, namesOf } from './acquirable.ts';

/** What has one holder at a time and knows who: a Lock or an RLock. */
export abstract class Exclusive extends Acquirable {
  protected holder: RawGreenlet | null = null;
  /** How often its holder has acquired and not released it. */
  private depth = 0;

  /** True while somebody holds it. */
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

  /** @internal Gives it up, however often it was acquired, and gives that number for `regain()`. */
  yieldHold(): number {
    const { depth } = this;
    this.depth = 0;
    this.holder = null;
    this.handOver();
    return depth;
  }

  /** @internal Called by who has acquired it anew, once, after `yieldHold()`. */
  regain(depth: number): void {
    this.depth += depth - 1;
  }

  /** Undoes one `acquire()`. */
  protected releaseOnce(): void {
    if (this.holder === null) throw new GreenletError(`${this.name} is not held: acquire() it before release()`);
    if (this.depth === 1) this.yieldHold();
    else this.depth -= 1;
  }
}
