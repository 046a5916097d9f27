import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT, waitText } from '../greenlet/shown.ts';
import { checkedTime, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { hub } from '../hub/loop/hub.ts';
import { type Waiter, type Waiting, WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { standInLine } from '../hub/parking/taking.ts';
import type { Waitable } from '../hub/parking/waitable.ts';
import { nameOf } from './named.ts';

/**
 * A timer that fires up to this many milliseconds late does not lower the rate. Tokens lost to longer delays are not
 * made up, because that would cause a burst after the process was busy.
 */
const LATENESS = 20;

/** Allows for rounding errors after many additions, in milliseconds. */
const TOLERANCE = 1e-6;

export interface RateLimiterOptions {
  /** How many tokens may be taken in an interval, on average. */
  limit: number;
  /** The interval in milliseconds; 1,000 by default. */
  interval?: number | undefined;
  /** How many tokens may be taken at once after a pause; `limit` by default. 1 spaces them evenly. */
  burst?: number | undefined;
}

const LIMITER_OPTIONS: OptionNames<RateLimiterOptions> = { limit: 'number', interval: 'number', burst: 'number' };

/**
 * Limits how often something happens in an interval. It is a token bucket, which holds `burst` tokens and gains `limit`
 * tokens per interval, evenly spaced. Waiters are served in the order in which they came. It follows the hub's clock.
 *
 * The bucket is stored as one number, the time when it will be full again (the generic cell rate algorithm of ITU-T
 * I.371), so no timer runs unless a greenlet is waiting.
 *
 * @example
 * const perHost = new RateLimiter({ limit: 2, interval: 1_000, burst: 1 });
 * for (const url of urls) { yield* perHost.take(); yield* fetch(url); }
 */
export class RateLimiter extends Shown implements Waitable, Waiter {
  /** Its name in messages. */
  name = nameOf('RateLimiter');
  readonly limit: number;
  readonly interval: number;
  readonly burst: number;
  /** @internal The limiter is itself one of the hub's timers while a greenlet is waiting. */
  queue: Waiting | null = null;
  /** @internal */
  before: Waiter | null = null;
  /** @internal */
  after: Waiter | null = null;
  private readonly waiters = new Line<TakeToken>(this);
  private readonly watchers = new Line(this);
  /** Milliseconds between two tokens. */
  private readonly spacing: number;
  /** How many milliseconds before the bucket is full again a token may be taken. */
  private readonly advance: number;
  private fullAt = -Infinity;

  /**
   * @throws RangeError unless `limit` and `interval` are greater than 0 and `burst` is a whole number, at least 1;
   *   TypeError if one of them is not a number
   */
  constructor(options: RateLimiterOptions) {
    super();
    checkedOptions(options, LIMITER_OPTIONS, 'new RateLimiter()');
    const { limit, interval = 1_000, burst = Math.max(1, Math.floor(limit)) } = options ?? {};
    if (typeof limit !== 'number' || typeof burst !== 'number') {
      throw new TypeError(
        'a RateLimiter takes numbers, as in new RateLimiter({ limit: 10, interval: 1_000, burst: 1 })',
      );
    }
    if (!(limit > 0)) {
      throw new RangeError(`the limit of a RateLimiter must be a number greater than 0, not ${limit}`);
    }
    if (!(checkedTime(interval, "a RateLimiter's interval") > 0 && interval < Infinity)) {
      throw new RangeError(`the interval of a RateLimiter must be a time greater than 0, not ${interval}`);
    }
    if (burst !== Infinity && !(Number.isInteger(burst) && burst >= 1)) {
      throw new RangeError(`the burst of a RateLimiter must be a whole number, at least 1, not ${burst}`);
    }
    this.limit = limit;
    this.interval = interval;
    this.burst = burst;
    this.spacing = interval / limit;
    this.advance = this.spacing === 0 ? Infinity : (burst - 1) * this.spacing;
  }

  /** @internal */
  [TEXT](): string {
    const rate = `${this.limit} in ${this.interval} ms`;
    return line('RateLimiter', this.name, rate, this.ready() ? 'ready' : 'none left now', waitText(this.waiters));
  }

  /** True when `take()` would not have to wait. */
  ready(): boolean {
    return this.waiters.head() === null && this.due();
  }

  /**
   * Waits for its turn and takes a token.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first, in which case no token was taken
   */
  take(options?: TimeoutOption): Operation<boolean> {
    return new TakeToken(this, checkedOptions(options, TIMEOUT, 'limiter.take()'));
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal Takes a token without waiting. Returns false if there is none or if others are waiting for it. */
  takeNow(): boolean {
    if (!this.ready()) return false;
    this.spend();
    return true;
  }

  /** @internal */
  enqueue(waiter: TakeToken): void {
    standInLine(waiter, this.waiters);
  }

  /** @internal Runs a timer exactly while a greenlet is waiting. */
  settle(): void {
    const isWaitedFor = this.waiters.first !== null || this.watchers.first !== null;
    if (isWaitedFor === (this.queue !== null)) return;
    if (!isWaitedFor) hub.timers.stop(this);
    else {
      hub.timers.start(this, Math.max(0, this.nextAt() - hub.now() - TOLERANCE));
      hub.schedule();
    }
  }

  /** @internal The timer has fired: hands out the tokens that are due. */
  notify(): void {
    while (this.due()) {
      const waiter = this.waiters.shift();
      if (waiter === null) {
        this.watchers.notifyAll();
        return;
      }
      this.fullAt = Math.max(hub.now() - LATENESS, this.fullAt) + this.spacing;
      waiter.notify();
    }
    this.settle();
  }

  private due(): boolean {
    return hub.now() + TOLERANCE >= this.nextAt();
  }

  /** The time when the next token is or was due. */
  private nextAt(): number {
    // A time further ahead than an empty bucket can only come from another clock.
    if (this.spacing > 0) this.fullAt = Math.min(this.fullAt, hub.now() + this.burst * this.spacing);
    return this.fullAt - this.advance;
  }

  private spend(): void {
    this.fullAt = Math.max(hub.now(), this.fullAt) + this.spacing;
  }
}

/** A wait queue that keeps its limiter's timer running while it has a waiter. */
class Line<W extends Waiter = Waiter> extends WaitQueue<W> {
  private readonly limiter: RateLimiter;

  constructor(limiter: RateLimiter) {
    super();
    this.limiter = limiter;
  }

  override push(waiter: W): void {
    super.push(waiter);
    this.limiter.settle();
  }

  override insertAfter(waiter: W, before: W | null): void {
    super.insertAfter(waiter, before);
    this.limiter.settle();
  }

  override remove(waiter: W): void {
    super.remove(waiter);
    this.limiter.settle();
  }
}

class TakeToken extends Suspension<boolean> {
  private readonly limiter: RateLimiter;

  constructor(limiter: RateLimiter, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.limiter = limiter;
  }

  /** @internal It takes a token. */
  override get mayHold(): true {
    return true;
  }

  override at(): object {
    return this.limiter;
  }

  describe(): string {
    return `its turn at ${this.limiter.name}`;
  }

  override notify(): void {
    this.complete(true);
  }

  protected override tryNow(): boolean {
    this.value = true;
    return this.limiter.takeNow();
  }

  protected override register(): void {
    this.limiter.enqueue(this);
  }

  timedOut(): boolean {
    return false;
  }
}
