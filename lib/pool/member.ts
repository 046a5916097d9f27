import type { Linked } from '../hub/loop/linked-list.ts';
import { leaveQueue, type Waiter, type Waiting } from '../hub/loop/wait-queue.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Group } from './group.ts';

/** A greenlet's membership in a group. It watches the greenlet and is notified of its end. */
export class Member implements Waiter, Linked {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  readonly group: Group;
  readonly greenlet: Greenlet;
  /** True from the moment it joins the group until it leaves. */
  isIn: boolean;
  /** In a pool, whether it has a slot. */
  hasSlot: boolean;
  /** Its neighbours among the members of the group. */
  previous: Member | null;
  next: Member | null;

  constructor(group: Group, greenlet: Greenlet) {
    this.queue = null;
    this.before = null;
    this.after = null;
    this.group = group;
    this.greenlet = greenlet;
    this.isIn = false;
    this.hasSlot = false;
    this.previous = null;
    this.next = null;
  }

  notify(): void {
    this.group.memberEnded(this);
  }

  /** Called when it leaves the group before its end. */
  discarded(): void {
    leaveQueue(this);
  }
}
