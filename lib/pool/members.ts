import { LinkedList } from '../hub/loop/linked-list.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Member } from './member.ts';

/**
 * The members of a group. Coming and leaving cost next to nothing, where a Map of greenlets costs as much as making one. So
 * there is a Map only from when somebody first asks for the member that a greenlet is, which most programs never do.
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

  /** Those of now, of whom it passes over who leaves before its turn. */
  *[Symbol.iterator](): Generator<Member, void, unknown> {
    for (const member of this.toArray()) if (member.isIn) yield member;
  }
}
