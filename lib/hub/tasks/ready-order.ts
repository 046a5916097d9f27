import { isOperation, type Operation } from '../../greenlet/operation.ts';
import { leaveQueue, type Waiter, type Waiting } from '../loop/wait-queue.ts';
import { until } from '../parking/until.ts';
import { isWaitable, type Waitable } from '../parking/waitable.ts';
import { greenletOf } from './ends-with.ts';
import { Greenlet } from './greenlet.ts';
import { helper } from './helper.ts';

/** An object with `ready()`, or an operation or promise, which is ready when it has settled. */
export type AnyWaitable = Waitable | Operation<unknown> | PromiseLike<unknown>;

/**
 * Watches several objects at once and lists them in the order in which they become ready. Most greenlets have no other waiter;
 * there this object is the waiter itself. For everything else it creates a watcher.
 */
export class ReadyOrder<W extends AnyWaitable> implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly ready: W[];
  private readonly claims: boolean;
  private readonly waitables: readonly W[];
  private readonly watchers: Watcher<W>[] = [];
  private readonly started: Greenlet[] = [];
  private readonly onReady: (waitable: W) => void;
  /** The number of greenlets at which it is the waiter itself. */
  private standing = 0;

  /**
   * @param claims whether to claim the errors of the greenlets
   * @param onReady called whenever one more object is ready
   */
  constructor(waitables: readonly W[], claims: boolean, onReady: (waitable: W) => void) {
    this.claims = claims;
    this.waitables = waitables;
    this.onReady = onReady;
    const present: W[] = [];
    for (const waitable of waitables) {
      if (isReady(waitable)) present.push(waitable);
      else if (waitable instanceof Greenlet && waitable.watchAlone(this)) this.standing += 1;
      else this.watch(isWaitable(waitable) ? waitable : this.start(waitable), waitable);
    }
    const ready = readyOf(present);
    if (claims && ready.anyFailed) for (const one of ready.ones) greenletOf(one)?.claim();
    this.ready = ready.ones;
  }

  /** The objects that are not ready yet. */
  *outstanding(): Generator<W, void, unknown> {
    for (const waitable of this.waitables) if (waitable instanceof Greenlet && !waitable.ready()) yield waitable;
    for (const { queue, waitable } of this.watchers) {
      if (queue !== null && !(waitable instanceof Greenlet)) yield waitable;
    }
  }

  /** Stops watching, and cancels the operations that it has started. */
  close(): void {
    if (this.standing > 0) {
      for (const waitable of this.waitables) if (waitable instanceof Greenlet) waitable.unwatchAlone(this);
      this.standing = 0;
    }
    for (const watcher of this.watchers) leaveQueue(watcher);
    this.watchers.length = 0;
    for (const greenlet of this.started) greenlet.kill();
    this.started.length = 0;
  }

  /** Gives up the claims to all errors but `error`, with which the wait has ended. */
  disclaim(error: unknown): void {
    if (!this.claims) return;
    for (const one of this.ready) {
      const greenlet = greenletOf(one);
      if (greenlet !== null && greenlet.exception !== error) greenlet.disclaim();
    }
  }

  /** @internal A greenlet at which it is the waiter has ended. */
  notify(source: W): void {
    this.standing -= 1;
    this.becameReady(source);
  }

  /** @internal */
  becameReady(waitable: W): void {
    if (this.claims) greenletOf(waitable)?.claim();
    this.ready.push(waitable);
    this.onReady(waitable);
  }

  private watch(source: Waitable, waitable: W): void {
    const watcher = new Watcher(this, waitable);
    this.watchers.push(watcher);
    source.watch(watcher);
  }

  private start(waitable: Operation<unknown> | PromiseLike<unknown>): Greenlet {
    const greenlet = new Greenlet(settled, waitable);
    // The rejection of a promise belongs to the program, even if the wait ends before it.
    greenlet.taken = !isOperation(waitable);
    this.started.push(greenlet);
    greenlet.start();
    return greenlet;
  }
}

const settled = /* @__PURE__ */ helper((waitable: Operation<unknown> | PromiseLike<unknown>) => until(waitable));

/** The ready members of a list. */
export interface Ready<W> {
  /** Greenlets in the order in which they ended. */
  readonly ones: W[];
  readonly anyFailed: boolean;
  readonly areGreenlets: boolean;
}

/** Finds the ready members. It reads each member once, because most of a million greenlets are not in the CPU cache. */
export function readyOf<W extends AnyWaitable>(waitables: W[]): Ready<W> {
  return allReady(waitables) ?? (allReady(waitables.filter(isReady)) as Ready<W>);
}

/** If all members are ready, sorts the list itself and returns it. Otherwise returns null. */
export function allReady<W extends AnyWaitable>(waitables: W[]): Ready<W> | null {
  let last = 0;
  let areInOrder = true;
  let anyFailed = false;
  let areGreenlets = true;
  for (const waitable of waitables) {
    let ending: number;
    if (waitable instanceof Greenlet) {
      const { outcome } = waitable;
      if (outcome === 0) return null;
      if (outcome < 0) anyFailed = true;
      ending = Math.abs(outcome);
    } else {
      if (!isReady(waitable)) return null;
      areGreenlets = false;
      ending = endingOf(waitable);
      if (greenletOf(waitable)?.successful() === false) anyFailed = true;
    }
    if (ending < last) areInOrder = false;
    last = ending;
  }
  // Greenlets mostly end in the order in which they were spawned.
  if (!areInOrder) waitables.sort((a, b) => endingOf(a) - endingOf(b));
  return { ones: waitables, anyFailed, areGreenlets };
}

export function areAnyReady(waitables: readonly AnyWaitable[]): boolean {
  for (const waitable of waitables) if (isReady(waitable)) return true;
  return false;
}

export function isReady(waitable: AnyWaitable): boolean {
  // Most are greenlets, and a check of the class costs less than a check of the methods.
  if (waitable instanceof Greenlet) return waitable.ready();
  return isWaitable(waitable) && waitable.ready();
}

/** Marks the errors of the failed greenlets as taken. */
export function takeErrors({ ones, anyFailed }: Ready<AnyWaitable>): void {
  if (!anyFailed) return;
  for (const waitable of ones) {
    const greenlet = greenletOf(waitable);
    if (greenlet !== null) greenlet.taken = true;
  }
}

function endingOf(waitable: unknown): number {
  return greenletOf(waitable)?.order ?? 0;
}

class Watcher<W extends AnyWaitable> implements Waiter {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  readonly waitable: W;
  private readonly order: ReadyOrder<W>;

  constructor(order: ReadyOrder<W>, waitable: W) {
    this.queue = null;
    this.before = null;
    this.after = null;
    this.waitable = waitable;
    this.order = order;
  }

  notify(): void {
    this.order.becameReady(this.waitable);
  }
}
