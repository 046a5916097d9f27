import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { Waiter, Waiting } from '../../hub/loop/wait-queue.ts';
import { Greenlet } from '../../hub/tasks/greenlet.ts';
import { identityOf } from '../../hub/tasks/owner.ts';

/** Something that a greenlet holds and that must be let go when it ends. */
export interface Holdable {
  /** Called when the greenlet has ended and still holds it. */
  abandon(greenlet: number): void;
}

/** The numbers of raw greenlets, which have no id: -1, -2, … */
const numbers = new WeakMap<RawGreenlet, number>();
let last = 0;

/** The number of the greenlet that acts, which the maker knows it by; 0 for code in main. */
export function numberOfCurrent(): number {
  return numberOf(identityOf(kernel.current));
}

function numberOf(greenlet: RawGreenlet): number {
  if (greenlet instanceof Greenlet) return greenlet.id;
  if (greenlet === kernel.main) return 0;
  let number = numbers.get(greenlet);
  if (number === undefined) {
    last -= 1;
    number = last;
    numbers.set(greenlet, number);
  }
  return number;
}

/** What a greenlet holds. It is told when the greenlet ends. */
export class Holdings implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly held = new Set<Holdable>();
  private readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  notify(): void {
    for (const holdable of this.held) holdable.abandon(this.number);
    this.held.clear();
  }
}

const holdings = new WeakMap<RawGreenlet, Holdings>();

/** Notes that a greenlet holds something. Returns null for main, which never ends, and for raw greenlets. */
export function hold(greenlet: RawGreenlet, holdable: Holdable): Holdings | null {
  if (!(greenlet instanceof Greenlet)) return null;
  let own = holdings.get(greenlet);
  if (own === undefined) {
    own = new Holdings(greenlet.id);
    holdings.set(greenlet, own);
    greenlet.watch(own);
  }
  own.held.add(holdable);
  return own;
}
