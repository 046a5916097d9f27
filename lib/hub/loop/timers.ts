import { type HostTimer, host } from './host.ts';
import { type Waiter, WaitQueue } from './wait-queue.ts';

/** The source of the hub's time. Tests use a virtual clock. */
export interface Clock {
  /** Milliseconds. Never goes backwards. */
  now(): number;
  /** Requests one call of `fn` in `ms` milliseconds. Replaces the previous request. */
  arm(ms: number, fn: () => void): void;
  disarm(): void;
}

/** The host's clock. */
export class HostClock implements Clock {
  private timer: HostTimer | null = null;

  now(): number {
    return host.now();
  }

  arm(ms: number, fn: () => void): void {
    this.disarm();
    this.timer = host.startTimer(fn, ms);
  }

  disarm(): void {
    if (this.timer !== null) host.stopTimer(this.timer);
    this.timer = null;
  }
}

/** All timers that are due in the same millisecond, in the order in which they were started. */
export class Bucket extends WaitQueue {
  readonly timers: Timers;
  readonly deadline: number;
  /** False once its deadline has come. Then it no longer counts as an empty bucket. */
  inHeap: boolean;

  constructor(timers: Timers, deadline: number) {
    super();
    this.timers = timers;
    this.deadline = deadline;
    this.inHeap = true;
  }
}

/** Sweeping is not worth its cost for this many empty buckets or fewer. */
const SWEEP_FROM = 64;

/**
 * The hub's timers. Deadlines are rounded up to whole milliseconds, so that timers share buckets. No timer fires early, and
 * the host's timers are no finer:
 *
 *     byDeadline  { 1017 → bucket ⇄ timer ⇄ timer,  1042 → bucket ⇄ timer, … }
 *     heap        [ 1017, 1042, … ]   the same buckets, as a binary heap by deadline
 *
 * Starting a timer is a map lookup and a list append; stopping it unlinks it. Only the first timer of a millisecond costs
 * O(log buckets). Empty buckets are swept out when they are the majority. One host timer serves all timers: `settle()` arms
 * it for the nearest deadline.
 */
export class Timers {
  /** In the order in which they were made. */
  readonly byDeadline = new Map<number, Bucket>();
  private heap: Bucket[] = [];
  private live = 0;
  private empty = 0;
  private armedFor = Infinity;
  clock: Clock;
  private readonly onDue: () => void;

  /** @param onDue called by the clock when a timer is due; must call `fireNext()` */
  constructor(clock: Clock, onDue: () => void) {
    this.clock = clock;
    this.onDue = () => {
      this.armedFor = Infinity;
      onDue();
    };
  }

  get size(): number {
    return this.live;
  }

  /** Notifies `timer` once `ms` milliseconds have passed. */
  start(timer: Waiter, ms: number): void {
    const deadline = Math.ceil(this.clock.now() + ms);
    let bucket = this.byDeadline.get(deadline);
    if (bucket === undefined) {
      bucket = new Bucket(this, deadline);
      this.byDeadline.set(deadline, bucket);
      this.pushBucket(bucket);
    } else if (bucket.first === null) this.empty -= 1;
    bucket.push(timer);
    this.live += 1;
  }

  /** Stops a timer. Does nothing if it has fired. */
  stop(timer: Waiter): void {
    const bucket = timer.queue as Bucket | null;
    if (bucket === null) return;
    bucket.remove(timer);
    // The timer may be one of another hub, where each request has its own.
    bucket.timers.removed(bucket);
  }

  private removed(bucket: Bucket): void {
    this.live -= 1;
    if (bucket.first !== null || !bucket.inHeap) return;
    this.empty += 1;
    if (this.empty > SWEEP_FROM && this.empty * 2 > this.heap.length) this.sweep();
  }

  /**
   * Notifies the timers of the earliest overdue deadline, in the order in which they were started. The next deadline waits, so
   * that the greenlets that these timers wake can run before it.
   *
   * @returns whether the next deadline is overdue as well
   */
  fireNext(): boolean {
    const now = this.clock.now();
    if (this.nearest() > now) return false;
    const bucket = this.heap[0] as Bucket;
    this.popBucket();
    for (let timer = bucket.shift(); timer !== null; timer = bucket.shift()) {
      this.live -= 1;
      timer.notify();
    }
    return this.nearest() <= now;
  }

  /** The nearest deadline, or Infinity if no timer runs. */
  nearest(): number {
    let bucket = this.heap[0];
    while (bucket !== undefined && bucket.first === null) {
      this.popBucket();
      this.empty -= 1;
      bucket = this.heap[0];
    }
    return bucket === undefined ? Infinity : bucket.deadline;
  }

  /** Arms the clock for the nearest deadline. A clock that is armed too early stays so, and fires once in vain. */
  settle(): void {
    const nearest = this.nearest();
    if (nearest === Infinity) {
      if (this.armedFor === Infinity) return;
      this.armedFor = Infinity;
      this.clock.disarm();
    } else if (nearest < this.armedFor) {
      this.armedFor = nearest;
      // The deadline may have passed meanwhile, and Node warns of a negative time.
      this.clock.arm(Math.max(0, nearest - this.clock.now()), this.onDue);
    }
  }

  private sweep(): void {
    const buckets = this.heap;
    this.heap = [];
    this.empty = 0;
    for (const bucket of buckets) {
      if (bucket.first === null) this.byDeadline.delete(bucket.deadline);
      else this.pushBucket(bucket);
    }
  }

  private pushBucket(bucket: Bucket): void {
    const { heap } = this;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Bucket;
      if (parent.deadline <= bucket.deadline) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = bucket;
  }

  private popBucket(): void {
    const { heap } = this;
    const nearest = heap[0] as Bucket;
    nearest.inHeap = false;
    this.byDeadline.delete(nearest.deadline);
    const bucket = heap.pop() as Bucket;
    const { length } = heap;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= length) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && right.deadline < (heap[childIndex] as Bucket).deadline) childIndex += 1;
      const child = heap[childIndex] as Bucket;
      if (child.deadline >= bucket.deadline) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = bucket;
  }
}
