import type { Operation } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import { Deque } from '../sync/deque.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { Group } from './group.ts';
import type { Member } from './member.ts';

/**
 * A group of which at most so many members run at once. `spawn()` never blocks: a greenlet that finds no free slot starts
 * when there is one for it, first come, first served. One that is discarded before that is left unstarted, for others to
 * `start()`.
 *
 * @example
 * const pool = new Pool(10);
 * for (const url of urls) pool.spawn(download, url);
 * yield* pool.join();
 */
export class Pool extends Group {
  /** How many run at once at the most. */
  readonly capacity: number;
  private taken = 0;
  /** Members without a slot, in order; who has left meanwhile is passed over. */
  private readonly line = new Deque<Member>();
  private readonly slots = new Slots(this);

  /**
   * @param size how many run at once at the most; without bound unless given, none with 0
   * @throws RangeError unless it is a whole number, 0 or more, or Infinity
   */
  constructor(size = Infinity) {
    if (size !== Infinity && !(Number.isInteger(size) && size >= 0)) {
      throw new RangeError(`a Pool's size is a whole number, 0 or more, or Infinity, not ${size}`);
    }
    super();
    this.capacity = size;
  }

  protected override slotText(): string | null {
    return this.capacity === Infinity ? null : `${this.freeCount()} of ${this.capacity} slots free`;
  }

  /** How many more could run at once. */
  freeCount(): number {
    return Math.max(0, this.capacity - this.taken);
  }

  /** True when no slot is free. */
  override full(): boolean {
    return this.taken >= this.capacity;
  }

  /**
   * Waits until a slot is free. That is no promise to the caller: whoever spawns first has it.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation for true, or false when the time was up first
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
    if (!member.hasSlot) return;
    member.hasSlot = false;
    this.taken -= 1;
    this.fill();
  }

  private giveSlot(member: Member): void {
    member.hasSlot = true;
    this.taken += 1;
  }

  private fill(): void {
    while (!this.full() && this.line.size > 0) {
      const member = this.line.take();
      // It was killed, or discarded, or added again after that.
      if (!member.isIn) continue;
      this.giveSlot(member);
      member.greenlet.start();
    }
    if (!this.full()) this.slots.notifyAll();
  }
}

/** Up while a pool has a free slot. */
class Slots implements Flag {
  private readonly pool: Pool;
  private readonly watchers = new WaitQueue();

  constructor(pool: Pool) {
    this.pool = pool;
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
