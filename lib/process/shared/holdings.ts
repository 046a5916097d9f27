import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { Waiter, Waiting } from '../../hub/loop/wait-queue.ts';
import { Greenlet } from '../../hub/tasks/greenlet.ts';
import { numberOf } from '../../hub/tasks/greenlet-number.ts';
import { identityOf } from '../../hub/tasks/owner.ts';

/** Something that a greenlet holds and that must be let go when it ends. */
export interface Holdable {
  /** Tells whether the greenlet of this thread may hold it. */
  isHeldBy(greenlet: number): boolean;
  /** Called when the greenlet has ended and still holds it. */
  abandon(greenlet: number): void;
}

/** The number of the greenlet that acts, which the maker knows it by; 0 for code in main. */
export function numberOfCurrent(): number {
  return numberOf(identityOf(kernel.current));
}

/** So many are kept before those that were let go are dropped. */
const KEPT = 8;

/**
 * What a greenlet holds, or has held. It is told when the greenlet ends. A release does not change it, because most greenlets take
 * the same locks again and again.
 */
export class Holdings implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly greenlet: Greenlet;
  private held: Holdable[] = [];
  private most = KEPT;

  constructor(greenlet: Greenlet) {
    this.greenlet = greenlet;
  }

  add(holdable: Holdable): void {
    if (this.held.includes(holdable)) return;
    if (this.held.length === this.most) {
      this.held = this.held.filter((each) => each.isHeldBy(this.greenlet.id));
      this.most = Math.max(KEPT, 2 * this.held.length);
    }
    this.held.push(holdable);
  }

  notify(): void {
    const { id } = this.greenlet;
    for (const holdable of this.held) if (holdable.isHeldBy(id)) holdable.abandon(id);
    this.held = [];
  }
}

const holdings = new WeakMap<RawGreenlet, Holdings>();

/**
 * Notes that a greenlet holds something. Returns null for main, which never ends, and for raw greenlets.
 *
 * @param last what the last call for the same thing has returned. It saves a search
 */
export function hold(greenlet: RawGreenlet, holdable: Holdable, last: Holdings | null = null): Holdings | null {
  if (!(greenlet instanceof Greenlet)) return null;
  const own = last?.greenlet === greenlet ? last : holdingsOf(greenlet);
  own.add(holdable);
  return own;
}

function holdingsOf(greenlet: Greenlet): Holdings {
  let own = holdings.get(greenlet);
  if (own === undefined) {
    own = new Holdings(greenlet);
    holdings.set(greenlet, own);
    greenlet.watch(own);
  }
  return own;
}
