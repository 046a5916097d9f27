/// <reference lib="esnext.disposable" preserve="true" />
import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { checkedTimeout } from '../../hub/checks/checks.ts';
import { checkedOptions, refuseOptions } from '../../hub/checks/options.ts';
import { ACQUIRE_OPTIONS, type AcquireOptions } from '../../sync/acquirable.ts';
import { Held } from '../../sync/held.ts';
import { Semaphore as LocalSemaphore } from '../../sync/semaphore.ts';
import { Grant, type Service, type Taker, WAITS } from '../network/maker.ts';
import { Known, Shared, shares } from './shared.ts';

/** The object behind a shared Semaphore. Its permits have no holder. */
export class SemaphoreService implements Service {
  protected readonly semaphore: LocalSemaphore;

  constructor(semaphore: LocalSemaphore) {
    this.semaphore = semaphore;
  }

  answer(method: string, _fields: readonly unknown[], taker: Taker): unknown {
    const { semaphore } = this;
    if (method === 'locked') return semaphore.locked();
    if (method === 'counter') return semaphore.counter;
    if (semaphore.locked()) return WAITS;
    semaphore.take();
    return this.granted(taker);
  }

  *answerLater(_method: string, [options]: readonly unknown[], taker: Taker): Coroutine<unknown> {
    return (yield* this.semaphore.acquire(options as AcquireOptions | undefined)) ? this.granted(taker) : false;
  }

  order(_method: string, _fields: readonly unknown[], _taker: Taker): void {
    this.semaphore.release();
  }

  protected granted(_taker: Taker): Grant {
    return new Grant(true, () => this.semaphore.release());
  }
}

/**
 * A counter of permits for greenlets of all threads and processes. Permits have no holder: those of a greenlet that ends without
 * releasing them do not come back. A BoundedSemaphore gives them back.
 */
export class Semaphore extends Shared {
  /**
   * @param value the initial number of permits
   * @throws RangeError unless `value` is a whole number, at least 0
   */
  constructor(value?: number);
  /** @internal */
  constructor(known: Known, kind?: string);
  constructor(value: number | Known = 1, kind = 'Semaphore') {
    // The local class checks the number, here and not only at the maker.
    if (!(value instanceof Known)) new LocalSemaphore(value);
    super(kind, value instanceof Known ? value : undefined, [value]);
  }

  /** Tells how many permits are free. */
  counter(): Operation<number> {
    return this.ask<number>('counter');
  }

  /** Tells whether no permit is free. */
  locked(): Operation<boolean> {
    return this.ask<boolean>('locked');
  }

  /**
   * Waits for a permit and takes it.
   *
   * @param options `timeout` in milliseconds; `blocking: false` does not wait
   * @returns an operation that gives true, or false if the timeout passed first
   */
  acquire(options?: AcquireOptions): Operation<boolean> {
    if (options !== undefined) checkedTimeout(checkedOptions(options, ACQUIRE_OPTIONS, 'semaphore.acquire()'));
    return this.ask<boolean>('acquire', options);
  }

  /** Acquires a permit for a block of code. It is released when the object is disposed. */
  hold(): Operation<Disposable>;
  hold(extra?: unknown): Operation<Disposable> {
    if (extra !== undefined) refuseOptions(extra, 'semaphore.hold()', 'withTimeout(ms, semaphore.hold())');
    return operation(() => this.holding(), 'hold()');
  }

  /** Adds a permit. It goes to the first waiter. */
  release(): void {
    this.order('release');
  }

  private *holding(): Coroutine<Disposable> {
    yield* this.acquire();
    return new Held(this);
  }
}

shares('Semaphore', Semaphore, (value: number) => new SemaphoreService(new LocalSemaphore(value)));
