/**
 * Waits that take something when they end: an item, a lock, a permit. They stand in lines. Only one branch of a `race()` may take,
 * so the waits of the other branches stand aside. A wait that stands aside stays in its line until it is its turn. Only then does
 * it leave the line, and it returns to its place later. So a turn of one branch costs nothing for the others.
 *
 * A wait leaves its line only when it is the first. When it returns, only waits that left before it can be in front of it. All of
 * them are waits of branches. So only these need a number, the `ticket` of their greenlet, to find their places.
 */

import type { Aside } from '../../greenlet/branching.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { WaitQueue } from '../loop/wait-queue.ts';
import { Suspension } from './suspension.ts';

/** A wait that takes something when it ends. */
export interface Taking extends Suspension<unknown> {
  readonly mayHold: true;
}

/** Counts the branches that have joined a line. */
let tickets = 0;

/** Puts a wait at the back of a line whose waits take something. */
export function standInLine<W extends Taking>(wait: W, line: WaitQueue<W>): void {
  line.push(wait);
  const greenlet = wait.greenlet as RawGreenlet;
  if (greenlet.branching === null) return;
  tickets += 1;
  greenlet.rare.ticket = tickets;
  line.guard = sendAsideFirst;
}

/** True while a wait must not be given anything. */
export function isAside({ greenlet }: Suspension<unknown>): boolean {
  return greenlet?.branching?.isAside(greenlet) === true;
}

/** The guard of a line that contains branches. */
function sendAsideFirst(line: WaitQueue): void {
  for (let { first } = line; first instanceof Suspension && isAside(first); first = line.first) {
    const greenlet = first.greenlet as RawGreenlet;
    greenlet.branching?.setAside(greenlet, leaveLine(first, line));
  }
}

/** Takes the first wait out of a line, to which it can return. */
export function leaveLine(first: Suspension<unknown>, line: WaitQueue): Aside {
  line.remove(first);
  return new OutOfLine(first, line);
}

/** A wait that has left its line, and the line. */
class OutOfLine implements Aside {
  readonly wait: Suspension<unknown>;
  private readonly line: WaitQueue;

  constructor(wait: Suspension<unknown>, line: WaitQueue) {
    this.wait = wait;
    this.line = line;
  }

  tryAgain(): boolean {
    return this.wait.tryAgain();
  }

  standAgain(): void {
    const { line, wait } = this;
    const ticket = ticketOf(wait);
    let before: Suspension<unknown> | null = null;
    for (;;) {
      const next = (before === null ? line.first : before.after) as Suspension<unknown> | null;
      if (next === null || ticketOf(next) > ticket) break;
      before = next;
    }
    line.insertAfter(wait, before);
    line.guard = sendAsideFirst;
  }
}

/** Infinity for a wait that is not a branch's: it is behind all waits that have left its line. */
function ticketOf({ greenlet }: Suspension<unknown>): number {
  return greenlet === null || greenlet.branching === null ? Infinity : greenlet.rare.ticket;
}
