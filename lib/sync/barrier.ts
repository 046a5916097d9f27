import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { TimedSuspension } from '../hub/parking/suspension.ts';
import { BrokenBarrierError } from './errors.ts';
import { nameOf } from './named.ts';

/**
 * Where a number of greenlets wait for each other: the last to come lets all go on. It can be used again at once.
 *
 * One who waits and is killed, or runs out of time, breaks it: all others get a BrokenBarrierError, and so does who
 * comes later, until `reset()`.
 *
 * @example
 * const start = new Barrier(3);
 * for (const runner of runners) spawn(function* () { yield* runner.getReady(); yield* start.wait(); yield* runner.run(); });
 */
export class Barrier extends Shown {
  /** What messages call it. */
  name = nameOf('Barrier');
  /** How many have to come. */
  readonly parties: number;
  private readonly waiters = new WaitQueue<BarrierWait>();
  private present = 0;
  private isBroken = false;

  /**
   * @param parties how many have to come
   * @throws RangeError unless it is a whole number from 1 on
   */
  constructor(parties: number) {
    super();
    if (!(Number.isInteger(parties) && parties >= 1)) {
      throw new RangeError(`a Barrier is for a whole number of parties from 1 on, not ${parties}`);
    }
    this.parties = parties;
  }

  /** @internal */
  [TEXT](): string {
    return line('Barrier', this.name, this.isBroken ? 'broken' : `${this.present} of ${this.parties} wait`);
  }

  /** How many wait at it. */
  get waiting(): number {
    return this.present;
  }

  /** True from the moment it was broken until `reset()`. */
  get broken(): boolean {
    return this.isBroken;
  }

  /**
   * Waits until all have come.
   *
   * @param options `timeout` in milliseconds, after which the barrier is broken
   * @returns an operation for the caller's number: 0 for the first who came, up to one less than the parties
   * @throws BrokenBarrierError when it is broken, or is meanwhile, by a reset too
   */
  wait(options?: TimeoutOption): Operation<number> {
    return new BarrierWait(this, checkedOptions(options, TIMEOUT, 'barrier.wait()'));
  }

  /** Makes it whole again. Those who wait get a BrokenBarrierError. */
  reset(): void {
    this.isBroken = false;
    this.refuseAll('was reset');
  }

  /** Breaks it, for those who wait and those who come. */
  abort(): void {
    this.break('was aborted');
  }

  /** @internal Lets all go on if the one who comes now is the last; gives the number of that one. */
  arrive(): number | undefined {
    this.checkWhole();
    if (this.present + 1 < this.parties) return undefined;
    const number = this.present;
    this.present = 0;
    this.waiters.notifyAll();
    return number;
  }

  /** @internal Gives the number of the one who waits now. */
  enqueue(waiter: BarrierWait): number {
    this.waiters.push(waiter);
    this.present += 1;
    return this.present - 1;
  }

  /** @internal */
  break(why: string): void {
    this.isBroken = true;
    this.refuseAll(why);
  }

  /** @internal */
  checkWhole(): void {
    if (this.isBroken) throw new BrokenBarrierError(`${this.name} is broken: reset() it before it is used again`);
  }

  private refuseAll(why: string): void {
    this.present = 0;
    for (let waiter = this.waiters.shift(); waiter !== null; waiter = this.waiters.shift()) {
      waiter.refuse(new BrokenBarrierError(`${this.name} ${why} while ${waiter.who()} waited at it`));
    }
  }
}

class BarrierWait extends TimedSuspension<number> {
  private readonly barrier: Barrier;
  private number = 0;

  constructor(barrier: Barrier, options: TimeoutOption | undefined) {
    super(options);
    this.barrier = barrier;
  }

  describe(): string {
    const { name, parties, waiting } = this.barrier;
    return `${parties - waiting} more of the ${parties} of ${name}`;
  }

  who(): string {
    return this.greenlet?.name ?? 'somebody';
  }

  refuse(error: BrokenBarrierError): void {
    this.fail(error);
  }

  override notify(): void {
    this.complete(this.number);
  }

  /** It is cancelled, or its time is up. */
  override abort(): void {
    super.abort();
    this.barrier.break(`was broken by ${this.who()}, which was cancelled or out of time,`);
  }

  protected tryNow(): boolean {
    const number = this.barrier.arrive();
    if (number === undefined) return false;
    this.value = number;
    return true;
  }

  protected enqueue(): void {
    this.number = this.barrier.enqueue(this);
  }

  protected timedOut(timeout: number): number {
    if (timeout === 0) this.barrier.break('was broken by a wait without time');
    throw new BrokenBarrierError(`${this.barrier.name} was not complete within ${timeout} ms, and is broken`);
  }
}
