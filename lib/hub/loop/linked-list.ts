/** A member of a `LinkedList`. It is the list's node itself, so it can be in only one list at a time. */
export interface Linked {
  previous: Linked | null;
  next: Linked | null;
}

/**
 * A doubly linked list in order of arrival. Adding a member and deleting it, even from the middle, are O(1):
 *
 *     first ─▶ member ⇄ member ⇄ member ◀─ last
 */
export class LinkedList<N extends Linked> {
  size: number;
  private first: N | null;
  private last: N | null;

  constructor() {
    this.size = 0;
    this.first = null;
    this.last = null;
  }

  add(member: N): void {
    const { last } = this;
    member.previous = last;
    if (last === null) this.first = member;
    else last.next = member;
    this.last = member;
    this.size += 1;
  }

  /** Removes a member of this list. */
  delete(member: N): void {
    const { previous, next } = member as { previous: N | null; next: N | null };
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    member.previous = null;
    member.next = null;
    this.size -= 1;
  }

  /** The last member; null if the list is empty. */
  get newest(): N | null {
    return this.last;
  }

  /** A copy of the present members. */
  toArray(): N[] {
    const members: N[] = [];
    for (let member = this.first; member !== null; member = member.next as N | null) members.push(member);
    return members;
  }
}
