import { LinkedList } from '../hub/loop/linked-list.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Member } from './member.ts';

/**
 * The members of a group, as a linked list. Adding and removing cost almost nothing; a Map entry would cost as much as
 * creating a greenlet. So the Map from greenlets to members is created on the first call of `get()`, which most
 * programs never make.
 */
export class Members extends LinkedList<Member> {
  private index: Map<Greenlet, Member> | null;

  constructor() {
    super();
    this.index = null;
  }

  override add(member: Member): void {
    super.add(member);
    member.isIn = true;
    this.index?.set(member.greenlet, member);
  }

  override delete(member: Member): void {
    super.delete(member);
    member.isIn = false;
    this.index?.delete(member.greenlet);
  }

  get(greenlet: Greenlet): Member | undefined {
    if (this.index === null) {
      this.index = new Map();
      for (const member of this.toArray()) this.index.set(member.greenlet, member);
    }
    return this.index.get(greenlet);
  }

  /** Iterates over the present members. It skips a member that leaves before its turn. */
  *[Symbol.iterator](): Generator<Member, void, unknown> {
    for (const member of this.toArray()) if (member.isIn) yield member;
  }
}
