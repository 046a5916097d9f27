import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { excused, type Operation } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { checkedCount, checkedItems, checkedTimeout, type TimeoutOption } from '../checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../checks/options.ts';
import { getHub } from '../loop/hub.ts';
import { WaitQueue } from '../loop/wait-queue.ts';
import { handOverAll } from '../parking/handed-over.ts';
import { Suspension, TimedSuspension } from '../parking/suspension.ts';
import { TakingSuspension } from '../parking/taking.ts';
import { isWaitable } from '../parking/waitable.ts';
import { passedOn } from '../parking/where-raised.ts';
import { Greenlet } from './greenlet.ts';
import { Iteration } from './iteration.ts';
import { type AnyWaitable, allReady, areAnyReady, type Ready, ReadyOrder, readyOf, takeErrors } from './ready-order.ts';

const hub = getHub();

/** How many to wait for, and for how long. */
export interface WaitOptions extends TimeoutOption {
  /** Enough when this many are ready; all unless given. */
  count?: number;
}

const WAIT_OPTIONS: OptionNames<WaitOptions> = { timeout: 'number', count: 'number' };

export interface JoinOptions extends WaitOptions {
  /** Whether the earliest failure in time is thrown, as soon as it happens. The others go on running. */
  raiseError?: boolean;
}

const JOIN_OPTIONS: OptionNames<JoinOptions> = { ...WAIT_OPTIONS, raiseError: 'boolean' };

/** Waits until enough of several things are ready. */
export class WaitFor<W extends AnyWaitable> extends TimedSuspension<W[]> {
  private readonly waitables: W[];
  private readonly enough: number;
  private readonly takesErrors: boolean;
  private readonly raiseError: boolean;
  private order: ReadyOrder<W> | null;

  /** @param waitables a list that nobody else has */
  constructor(waitables: W[], options: JoinOptions | undefined, takesErrors: boolean) {
    super(options);
    this.waitables = waitables;
    this.enough = Math.min(checkedCount(options?.count), waitables.length);
    this.takesErrors = takesErrors;
    this.raiseError = options?.raiseError === true;
    this.order = null;
  }

  describe(): string {
    const left = this.order === null ? [...this.waitables] : [...this.order.outstanding()];
    const names = left
      .slice(0, 5)
      .map((waitable) => (waitable instanceof RawGreenlet ? waitable.name : 'an operation'));
    return `${left.length} of ${this.waitables.length} to be ready (${names.join(', ')}${left.length > 5 ? ', …' : ''})`;
  }

  protected override get isForOthers(): boolean {
    return true;
  }

  override *blockers(): Generator<RawGreenlet, void, unknown> {
    if (this.order === null) return;
    for (const waitable of this.order.outstanding()) if (waitable instanceof RawGreenlet) yield waitable;
  }

  override abort(): void {
    super.abort();
    this.order?.close();
  }

  protected tryNow(): boolean {
    const ready = this.readyNow();
    // Where all have ended this spares a second look at each of them, and of a million most are in no cache.
    if (this.takesErrors && !(ready?.areGreenlets && ready.ones === this.waitables)) checkGreenlets(this.waitables);
    if (ready === null) return false;
    if (this.raiseError) throwEarliest(ready);
    if (ready.ones.length < this.enough) return false;
    this.value = this.take(ready);
    return true;
  }

  protected enqueue(): void {
    this.order = new ReadyOrder(this.waitables, this.takesErrors, (waitable) => this.oneMore(waitable));
  }

  /** Those that are ready by now: `count` limits what is waited for, and not what is given. */
  protected timedOut(): W[] {
    if (this.order !== null) return this.order.ready;
    return this.take(readyOf(this.waitables));
  }

  /** What is ready, or null if that is too little to look at. */
  private readyNow(): Ready<W> | null {
    const { enough, raiseError, waitables } = this;
    if (enough === waitables.length && !raiseError) return allReady(waitables);
    return enough === 0 || areAnyReady(waitables) ? readyOf(waitables) : null;
  }

  private take(ready: Ready<W>): W[] {
    if (this.takesErrors) takeErrors(ready);
    // The next use needs the list, and the caller may change its own copy.
    return ready.ones === this.waitables ? ready.ones.slice() : ready.ones;
  }

  private oneMore(waitable: W): void {
    const { order } = this;
    if (order === null) return;
    if (this.raiseError && waitable instanceof Greenlet && isFailure(waitable)) {
      order.close();
      this.fail(waitable.exception);
    } else if (order.ready.length >= this.enough) {
      order.close();
      this.complete(order.ready);
    }
  }
}

function throwEarliest({ ones, anyFailed }: Ready<AnyWaitable>): void {
  if (!anyFailed) return;
  for (const waitable of ones) {
    if (waitable instanceof Greenlet && isFailure(waitable)) {
      waitable.taken = true;
      throw passedOn(waitable.exception);
    }
  }
}

/** Whether it has ended, and with an error; one that was killed has not. */
export function isFailure(greenlet: Greenlet): boolean {
  return !greenlet.successful() && !isA(greenlet.exception, GreenletExit);
}

/** Waits until nothing is left to happen. */
class WaitIdle extends TimedSuspension<boolean> {
  private check: (() => void) | null = null;

  describe(): string {
    return 'the hub to be idle';
  }

  override abort(): void {
    super.abort();
    this.stopChecking();
  }

  protected tryNow(): boolean {
    this.value = true;
    return onlyIdlersLeft(kernel.current);
  }

  protected enqueue(): void {
    this.check = () => {
      if (onlyIdlersLeft(null)) this.finish();
    };
    hub.afterDrain.add(this.check);
  }

  protected timedOut(): boolean {
    return false;
  }

  finish(): void {
    this.stopChecking();
    this.complete(true);
  }

  private stopChecking(): void {
    if (this.check !== null) hub.afterDrain.delete(this.check);
    this.check = null;
  }
}

/** True when every living greenlet but `asking` waits for the hub to be idle, or for such a one. */
function onlyIdlersLeft(asking: RawGreenlet | null): boolean {
  for (const greenlet of hub.living()) if (greenlet !== asking && !waitsForIdle(greenlet, new Set())) return false;
  return true;
}

function waitsForIdle(greenlet: RawGreenlet, seen: Set<RawGreenlet>): boolean {
  const { waiting } = greenlet;
  if (waiting instanceof WaitIdle) return true;
  if (!(waiting instanceof Suspension) || seen.has(greenlet)) return false;
  seen.add(greenlet);
  const blockers = [...waiting.blockers()];
  return blockers.length > 0 && blockers.every((blocker) => waitsForIdle(blocker, seen));
}

/** Has all who wait for the hub to be idle go on; true if there were any. */
export function releaseIdleWaits(): boolean {
  const idle = [...hub.living()].map((greenlet) => greenlet.waiting).filter((waiting) => waiting instanceof WaitIdle);
  for (const waiting of idle) waiting.finish();
  return idle.length > 0;
}

/**
 * Waits until the greenlets have ended. Their errors go to the caller, who finds them on the greenlets.
 *
 * @param greenlets to wait for
 * @param options `timeout` in milliseconds, after which those that are done are given all the same; `count` to be
 *   content with that many; `raiseError` to throw the earliest failure in time (one that was killed is none)
 * @returns an operation for the greenlets that are done, in the order in which they ended; each use gives a
 *   new array
 * @throws the first failure, with `raiseError`; TypeError, when it is waited for, if one is no Greenlet
 *
 * @example
 * await joinall(urls.map((url) => spawn(scrape, url)), { timeout: 10_000 });
 */
export function joinall<G extends Greenlet>(greenlets: Iterable<G>, options?: JoinOptions): Operation<G[]> {
  const list = checkedItems(greenlets, 'joinall()', 'greenlets');
  return new WaitFor(list, checkedOptions(options, JOIN_OPTIONS, 'joinall()'), true);
}

function checkGreenlets(list: readonly unknown[]): void {
  for (const greenlet of list) {
    if (greenlet instanceof Greenlet) continue;
    handOverAll(list);
    throw new TypeError('joinall() takes greenlets that were made by spawn()');
  }
}

/**
 * Waits until nothing is left to happen: every other greenlet has ended, or none of them can be woken any more.
 *
 * @returns an operation for true, or false when the time was up first
 */
export function wait(waitables?: undefined, options?: TimeoutOption): Operation<boolean>;
/**
 * Waits until things are ready, without taking anything from them.
 *
 * @param waitables greenlets, events, results, queues, locks, semaphores; or operations and promises, which are
 *   started (and, if they have not ended when this does, cancelled)
 * @param options `timeout` in milliseconds, `count` to be content with that many
 * @returns an operation for those that are ready, in the order in which they became so; each use gives a new array
 *
 * @example
 * const [first] = yield* wait([queue, stopped], { count: 1 });
 */
export function wait<W extends AnyWaitable>(waitables: Iterable<W>, options?: WaitOptions): Operation<W[]>;
export function wait<W extends AnyWaitable>(
  waitables?: Iterable<W>,
  options?: WaitOptions,
): Operation<W[]> | Operation<boolean> {
  if (waitables === undefined) return new WaitIdle(checkedOptions(options, TIMEOUT, 'wait()'));
  const list = checkedItems(waitables, 'wait()', WAITABLES);
  const taken = handedOver(list, 'wait()');
  return new WaitFor(taken, checkedOptions(options, WAIT_OPTIONS, 'wait()'), false);
}

/**
 * Gives things one after the other, as they become ready.
 *
 * @param waitables as for `wait()`
 * @param options `timeout` in milliseconds for the whole iteration, counted from its first step, after which it ends;
 *   `count` to end after that many
 *
 * @example
 * yield* forEach(iwait(jobs), function* (job) { console.log(job.name, job.value); });
 */
export function iwait<W extends AnyWaitable>(waitables: Iterable<W>, options?: WaitOptions): Iteration<W> {
  const list = checkedItems(waitables, 'iwait()', WAITABLES);
  handedOver(list, 'iwait()');
  checkedOptions(options, WAIT_OPTIONS, 'iwait()');
  const timeout = checkedTimeout(options);
  const enough = Math.min(checkedCount(options?.count), list.length);
  const source = new ReadySource(list, enough, timeout);
  return new Iteration(
    () => source.step(),
    () => source.close(),
    null,
    `iwait() of ${list.length}`,
  );
}

/** What the steps of one `iwait()` share. */
class ReadySource<W extends AnyWaitable> {
  private readonly waitables: readonly W[];
  private readonly enough: number;
  private readonly timeout: number;
  private order: ReadyOrder<W> | null = null;
  private endsAt = Infinity;
  private given = 0;
  private readonly steps = new WaitQueue<ReadyStep<W>>();

  constructor(waitables: readonly W[], enough: number, timeout: number) {
    this.waitables = waitables;
    this.enough = enough;
    this.timeout = timeout;
  }

  step(): Operation<IteratorResult<W, undefined>> {
    return new ReadyStep(this, { timeout: Math.max(0, Math.min(this.timeout, this.endsAt - hub.now())) });
  }

  /** The next one that is ready, the end when there is none to come, or undefined. */
  take(): IteratorResult<W, undefined> | undefined {
    if (this.given >= this.enough) return { done: true, value: undefined };
    // The waiter starts the branches: in a cancelled greenlet nothing begins.
    if (this.order === null && !areAnyReady(this.waitables)) return undefined;
    const waitable = this.begun().ready[this.given];
    if (waitable === undefined) return undefined;
    this.given += 1;
    if (this.given >= this.enough) this.close();
    return { done: false, value: waitable };
  }

  enqueue(step: ReadyStep<W>): void {
    this.begun();
    this.steps.push(step);
  }

  /** Ends the iteration, for those who wait for its next step too. */
  close(): void {
    this.given = this.enough;
    this.order?.close();
    for (let step = this.steps.shift(); step !== null; step = this.steps.shift()) step.notify();
  }

  outstanding(): Iterable<W> {
    return this.order === null ? this.waitables : this.order.outstanding();
  }

  private begun(): ReadyOrder<W> {
    if (this.order === null) {
      this.endsAt = hub.now() + this.timeout;
      this.order = new ReadyOrder(this.waitables, false, () => this.steps.shift()?.notify());
    }
    return this.order;
  }
}

class ReadyStep<W extends AnyWaitable> extends TakingSuspension<IteratorResult<W, undefined>> {
  private readonly source: ReadySource<W>;

  constructor(source: ReadySource<W>, options: TimeoutOption) {
    super(options);
    this.source = source;
  }

  describe(): string {
    return 'the next of several to be ready';
  }

  override *blockers(): Generator<RawGreenlet, void, unknown> {
    for (const waitable of this.source.outstanding()) if (waitable instanceof RawGreenlet) yield waitable;
  }

  /** Called when one more is ready, or none is to come. */
  override notify(): void {
    this.complete(this.source.take() as IteratorResult<W, undefined>);
  }

  protected tryNow(): boolean {
    const result = this.source.take();
    if (result === undefined) return false;
    this.value = result;
    return true;
  }

  protected enqueue(): void {
    this.source.enqueue(this);
  }

  protected timedOut(): IteratorResult<W, undefined> {
    this.source.close();
    return { done: true, value: undefined };
  }
}

const WAITABLES = 'greenlets, queues, operations and the like';

function handedOver<W>(list: W[], caller: string): W[] {
  handOverAll(list);
  for (const waitable of list) {
    if (!isWaitable(waitable) && typeof (waitable as PromiseLike<unknown> | null)?.then !== 'function') {
      throw new TypeError(`${caller} takes objects with ready(), operations and promises, not ${typeof waitable}`);
    }
    excused(waitable as object);
  }
  return list;
}
