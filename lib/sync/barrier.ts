import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { BrokenBarrierError } from './errors.ts';
import { nameOf } from './named.ts';

/**
 * A meeting point for a fixed number of greenlets. Each waits until the last one arrives; then all continue. You can
 * reuse it at once.
 *
 * A waiter that is killed or times out breaks the barrier: every other waiter, and every later one until `reset()`,
 * gets a BrokenBarrierError.
 *
 * @example
 * const start = new Barrier(3);
 * for (const runner of runners) spawn(function* () { yield* runner.getReady(); yield* start.wait(); yield* runner.run(); });
 */
export class Barrier extends Shown {
  /** Its name in messages. */
  name = nameOf('Barrier');
  /** How many greenlets must arrive. */
  readonly parties: number;
  private readonly waiters = new WaitQueue<BarrierWait>();
  private present = 0;
  private isBroken = false;

  /**
   * @param parties how many greenlets must arrive
   * @throws RangeError unless `parties` is a whole number, at least 1
   */
  constructor(parties: number) {
    super();
    if (!(Number.isInteger(parties) && parties >= 1)) {
      throw new RangeError(`a Barrier takes a whole number of parties, at least 1, not ${kindOf(parties)}`);
    }
    this.parties = parties;
  }

  /** @internal */
  [TEXT](): string {
    return line('Barrier', this.name, this.isBroken ? 'broken' : `${this.present} of ${this.parties} waiting`);
  }

  /** How many greenlets are waiting. */
  get waiting(): number {
    return this.present;
  }

  /** True from the moment it breaks until `reset()`. */
  get broken(): boolean {
    return this.isBroken;
  }

  /**
   * Waits until all parties have arrived.
   *
   * @param options `timeout` in milliseconds, after which the barrier breaks
   * @returns an operation that gives the order of arrival: 0 for the first, `parties - 1` for the last
   * @throws BrokenBarrierError if the barrier is broken, or breaks or is reset during the wait
   */
  wait(options?: TimeoutOption): Operation<number> {
    return new BarrierWait(this, checkedOptions(options, TIMEOUT, 'barrier.wait()'));
  }

  /** Repairs a broken barrier. Greenlets that are waiting get a BrokenBarrierError. */
  reset(): void {
    this.isBroken = false;
    this.refuseAll('was reset');
  }

  /** Breaks the barrier for present and later waiters. */
  abort(): void {
    this.break('was aborted');
  }

  /** @internal If this is the last arrival, wakes all waiters and returns its number. */
  arrive(): number | undefined {
    this.checkWhole();
    if (this.present + 1 < this.parties) return undefined;
    const number = this.present;
    this.present = 0;
    this.waiters.notifyAll();
    return number;
  }

  /** @internal Adds a waiter and returns its number. */
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
    if (this.isBroken) throw new BrokenBarrierError(`${this.name} is broken: call reset() before you use it again`);
  }

  private refuseAll(why: string): void {
    this.present = 0;
    for (let waiter = this.waiters.shift(); waiter !== null; waiter = this.waiters.shift()) {
      waiter.refuse(new BrokenBarrierError(`${this.name} ${why} while ${waiter.who()} was waiting`));
    }
  }
}

class BarrierWait extends Suspension<number> {
  private readonly barrier: Barrier;
  private number = 0;

  constructor(barrier: Barrier, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.barrier = barrier;
  }

  override at(): object {
    return this.barrier;
  }

  describe(): string {
    const { name, parties, waiting } = this.barrier;
    return `${parties - waiting} more of the ${parties} of ${name}`;
  }

  who(): string {
    return this.greenlet?.name ?? 'a greenlet';
  }

  refuse(error: BrokenBarrierError): void {
    this.fail(error);
  }

  override notify(): void {
    this.complete(this.number);
  }

  /** The waiter was cancelled or timed out. */
  protected override unregister(): void {
    super.unregister();
    this.barrier.break(`was broken by ${this.who()}, which was cancelled or timed out,`);
  }

  protected override tryNow(): boolean {
    const number = this.barrier.arrive();
    if (number === undefined) return false;
    this.value = number;
    return true;
  }

  protected override register(): void {
    this.number = this.barrier.enqueue(this);
  }

  timedOut(timeout: number): number {
    if (timeout === 0) this.barrier.break('was broken by a wait with timeout 0');
    throw new BrokenBarrierError(
      `${this.barrier.name} did not fill within ${timeout} ms and is now broken: call reset() before you use it again`,
    );
  }
}
