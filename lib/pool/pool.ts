import type { Operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { Deque } from '../sync/deque.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { Group } from './group.ts';
import type { Member } from './member.ts';

/** With fewer members that have left, the line is not cleared of them. */
const MANY_GONE = 32;

/**
 * A group that limits how many members run at once. `spawn()` never blocks: if no slot is free, the greenlet waits in
 * line and starts when a slot is free, first come, first served. A greenlet that is discarded before that stays
 * unstarted; you can `start()` it yourself.
 *
 * @example
 * const pool = new Pool(10);
 * for (const url of urls) pool.spawn(download, url);
 * yield* pool.join();
 */
export class Pool extends Group {
  /** The largest number of members that run at once. */
  readonly capacity: number;
  private taken = 0;
  /** The members that wait for a slot, in order. Killed and discarded members stay here until `leaveLine()` removes them. */
  private readonly line = new Deque<Member>();
  /** How many members in the line have left. */
  private gone = 0;
  private readonly slots = new Slots(this);

  /**
   * @param size the largest number of members that run at once; unbounded by default, and 0 lets none run
   * @throws RangeError unless `size` is a whole number, at least 0, or Infinity
   */
  constructor(size = Infinity) {
    if (size !== Infinity && !(Number.isInteger(size) && size >= 0)) {
      throw new RangeError(`the size of a Pool must be a whole number, at least 0, or Infinity, not ${kindOf(size)}`);
    }
    super();
    this.capacity = size;
  }

  protected override slotText(): string | null {
    return this.capacity === Infinity ? null : `${this.freeCount()} of ${this.capacity} slots free`;
  }

  /** The number of free slots. */
  freeCount(): number {
    return Math.max(0, this.capacity - this.taken);
  }

  /** True if no slot is free. */
  override full(): boolean {
    return this.taken >= this.capacity;
  }

  /**
   * Waits until a slot is free. This does not reserve the slot: the first greenlet that spawns gets it.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
   */
  waitAvailable(options?: TimeoutOption): Operation<boolean> {
    return new FlagWait(this.slots, checkedOptions(options, TIMEOUT, 'pool.waitAvailable()'));
  }

  /** @internal */
  override get width(): number {
    return this.capacity;
  }

  /** @internal */
  *holders(): Generator<RawGreenlet, void, unknown> {
    for (const { greenlet, hasSlot } of this.members) if (hasSlot) yield greenlet;
  }

  /** @internal */
  override get isAwaited(): boolean {
    return this.slots.isAwaited;
  }

  /** @internal */
  override launch(member: Member): void {
    this.admit(member);
  }

  protected override admit(member: Member): void {
    super.admit(member);
    if (member.greenlet.started) this.giveSlot(member);
    else if (this.full()) this.line.add(member);
    else {
      this.giveSlot(member);
      member.greenlet.start();
    }
  }

  protected override remove(member: Member): void {
    super.remove(member);
    if (!member.hasSlot) {
      this.leaveLine();
      return;
    }
    member.hasSlot = false;
    this.taken -= 1;
    this.fill();
  }

  /** A member has left the line. When most of its members have, they are removed, because they may be many while no slot is freed. */
  private leaveLine(): void {
    const { line } = this;
    this.gone += 1;
    if (this.gone < MANY_GONE || 2 * this.gone < line.size) return;
    this.gone = 0;
    for (let left = line.size; left > 0; left -= 1) {
      const member = line.take();
      if (member.isIn) line.add(member);
    }
  }

  private giveSlot(member: Member): void {
    member.hasSlot = true;
    this.taken += 1;
  }

  private fill(): void {
    while (!this.full() && this.line.size > 0) {
      const member = this.line.take();
      // Skip a member that was killed or discarded. (It may have been added again since.)
      if (!member.isIn) {
        this.gone -= 1;
        continue;
      }
      this.giveSlot(member);
      member.greenlet.start();
    }
    if (!this.full()) this.slots.notifyAll();
  }
}

/** Ready while a pool has a free slot. */
class Slots implements Flag {
  private readonly pool: Pool;
  private readonly watchers = new WaitQueue();

  constructor(pool: Pool) {
    this.pool = pool;
  }

  get place(): Pool {
    return this.pool;
  }

  ready(): boolean {
    return !this.pool.full();
  }

  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  get isAwaited(): boolean {
    return this.watchers.first !== null;
  }

  notifyAll(): void {
    this.watchers.notifyAll();
  }

  describeWait(): string {
    return `a free slot of ${this.pool.name}`;
  }

  blockers(): Iterable<RawGreenlet> {
    return this.pool.holders();
  }
}
