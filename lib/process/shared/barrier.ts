import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedTimeout } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { Barrier as LocalBarrier } from '../../sync/barrier.ts';
import { type Service, WAITS } from '../network/maker.ts';
import { Known, Shared, shares } from './shared.ts';

/** The object behind a shared Barrier. */
class BarrierService implements Service {
  private readonly barrier: LocalBarrier;

  constructor(parties: number) {
    this.barrier = new LocalBarrier(parties);
  }

  answer(method: string): unknown {
    const { barrier } = this;
    if (method === 'waiting') return barrier.waiting;
    return method === 'isBroken' ? barrier.broken : WAITS;
  }

  *answerLater(_method: string, [options]: readonly unknown[]): Coroutine<unknown> {
    return yield* this.barrier.wait(options as TimeoutOption | undefined);
  }

  order(method: string): void {
    if (method === 'reset') this.barrier.reset();
    else this.barrier.abort();
  }
}

/**
 * A meeting point for a fixed number of greenlets of all threads and processes. Each waits until the last one arrives; then all
 * continue. A waiter that is killed, times out or ends with its process breaks the barrier for all until `reset()`.
 */
export class Barrier extends Shared {
  /** How many greenlets must arrive. */
  readonly parties: number;

  /**
   * @param parties how many greenlets must arrive
   * @throws RangeError unless `parties` is a whole number, at least 1
   */
  constructor(parties: number);
  /** @internal */
  constructor(known: Known);
  constructor(parties: number | Known) {
    const isKnown = parties instanceof Known;
    const { parties: checked } = isKnown ? { parties: parties.fields[0] as number } : new LocalBarrier(parties);
    super('Barrier', isKnown ? parties : undefined, [checked]);
    this.parties = checked;
  }

  /**
   * Waits until all parties have arrived.
   *
   * @param options `timeout` in milliseconds, after which the barrier breaks
   * @returns an operation that gives the order of arrival: 0 for the first, `parties - 1` for the last
   * @throws BrokenBarrierError if the barrier is broken, or breaks or is reset during the wait
   */
  wait(options?: TimeoutOption): Operation<number> {
    checkedTimeout(checkedOptions(options, TIMEOUT, 'barrier.wait()'));
    return this.ask<number>('wait', options);
  }

  /** Tells how many greenlets are waiting. */
  waiting(): Operation<number> {
    return this.ask<number>('waiting');
  }

  /** Tells whether it is broken. */
  isBroken(): Operation<boolean> {
    return this.ask<boolean>('isBroken');
  }

  /** Repairs a broken barrier. Greenlets that are waiting get a BrokenBarrierError. */
  reset(): void {
    this.order('reset');
  }

  /** Breaks the barrier for present and later waiters. */
  abort(): void {
    this.order('abort');
  }

  protected override fixed(): readonly unknown[] {
    return [this.parties];
  }
}

shares('Barrier', Barrier, (parties: number) => new BarrierService(parties));
