import type { Returned } from '../greenlet/call.ts';
import { GreenletExit } from '../greenlet/errors.ts';
import { DEAD, kernel, NEXT, THROW, UNSTARTED } from '../greenlet/kernel.ts';
import { isOperation, type Operation, type Suspend } from '../greenlet/operation.ts';
import { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { cancelScope, rootScope } from './cancel-scope.ts';
import { checkedFunction, checkedTime, type TimeoutOption } from './checks.ts';
import { type Failed, getHub } from './hub.ts';
import { Link, type LinkTarget, removeLink } from './link.ts';
import { spawnSite } from './spawn-site.ts';
import { TimedSuspension } from './suspension.ts';
import { Timeout } from './timeout.ts';
import { until } from './until.ts';
import { type Waiter, WaitQueue } from './wait-queue.ts';
import type { Waitable } from './waitable.ts';

const hub = getHub();

/** What a spawned function results in: its generator's return value, its operation's, what its promise resolves to. */
export type Spawned<R> = Awaited<Returned<R>>;

/** How to kill: with what error, and how long to wait for the end. */
export interface KillOptions extends TimeoutOption {
  /** What is raised in the greenlet; a new GreenletExit unless given. */
  reason?: unknown;
}

const UNFINISHED = 0;
const RETURNED = 1;
const FAILED = 2;
type Outcome = typeof UNFINISHED | typeof RETURNED | typeof FAILED;

const NO_ARGS: readonly unknown[] = [];

let lastId = 0;
/** Counts endings, so that greenlets can be put in the order in which they ended. */
let endings = 0;

/**
 * A greenlet that the hub runs. It has a result, can be waited for, linked and killed.
 *
 *     new Greenlet() ──start()──▶ queued ──▶ running ⇄ parked ──▶ ended: value or exception, then links and joiners
 *                                   │kill()     │kill(): raised at each suspension   ▲
 *                                   └───────────┴────────────────────────────────────┘
 *
 * `yield* greenlet` and `await greenlet` are `get()`.
 *
 * @example
 * const page = spawn(download, url);
 * page.link((g) => console.log(g.name, g.successful()));
 * const body = yield* page.get({ timeout: 5_000 });
 */
export class Greenlet<T = unknown> extends RawGreenlet implements Operation<T>, Waitable, Failed {
  /** The arguments that the function is called with. */
  readonly args: readonly unknown[];
  /** A number that no other greenlet of this thread has. */
  readonly id: number;
  /** Who spawned it; main counts. Forgotten when neither is alive any more. */
  spawnedBy: RawGreenlet | null;
  /** Where it was spawned, if `getHub().captureSpawnSites` was on. */
  readonly spawnSite: string | undefined;
  /** @internal Its place in the order of endings. */
  ending: number;
  /** @internal Somebody joined, linked or got its error. */
  taken: boolean;
  private outcome: Outcome;
  private result: unknown;
  private label: string | null;
  private scheduled: boolean;
  private startTimer: StartTimer | null;
  private waiters: WaitQueue | null;
  private controller: AbortController | null;
  private killed: { readonly reason: unknown } | null;

  /**
   * Makes one without starting it; `spawn()` does both.
   *
   * @param fn usually a generator function; plain and async ones do too
   * @param args what it is called with
   * @throws TypeError when `fn` is not a function
   */
  constructor(fn: (...args: any[]) => unknown, ...args: readonly unknown[]) {
    super(checkedFunction(fn, 'spawn()'), kernel.main);
    this.args = args.length === 0 ? NO_ARGS : args;
    lastId += 1;
    this.id = lastId;
    this.spawnedBy = kernel.current;
    this.spawnSite = hub.captureSpawnSites ? spawnSite() : undefined;
    this.ending = 0;
    this.taken = false;
    this.outcome = UNFINISHED;
    this.result = undefined;
    this.label = null;
    this.scheduled = false;
    this.startTimer = null;
    this.waiters = null;
    this.controller = null;
    this.killed = null;
  }

  /** What messages call it: the function's name and the id, unless it was set. */
  override get name(): string {
    return this.label ?? `${this.run.name || 'anonymous'}-${this.id}`;
  }

  override set name(name: string) {
    this.label = name;
  }

  /** True from `start()` on. */
  override get started(): boolean {
    return this.scheduled || this.state !== UNSTARTED;
  }

  /** What it returned; undefined before that, and when it failed. */
  get value(): T | undefined {
    return this.outcome === RETURNED ? (this.result as T) : undefined;
  }

  /** What it threw, a GreenletExit included; null before that, and when it returned. */
  get exception(): unknown {
    return this.outcome === FAILED ? this.result : null;
  }

  /** An AbortSignal that is aborted when the greenlet is killed. Made when first asked for. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.killed !== null) this.controller.abort(this.killed.reason);
    }
    return this.controller.signal;
  }

  /** True once it has ended, in whatever way. */
  ready(): boolean {
    return this.outcome !== UNFINISHED;
  }

  /** True once it has returned; one that was killed was not successful. */
  successful(): boolean {
    return this.outcome === RETURNED;
  }

  /** Puts it in the run queue. A second call does nothing. */
  start(): void {
    if (this.started) return;
    this.scheduled = true;
    hub.keep(this);
    hub.ready(this, NEXT, undefined);
  }

  /**
   * Starts it in a while; until then a kill makes that it never runs.
   *
   * @param ms milliseconds
   * @throws RangeError for NaN and negative times
   */
  startLater(ms: number): void {
    checkedTime(ms, 'startLater()');
    if (this.started) return;
    this.scheduled = true;
    hub.keep(this);
    if (ms === Infinity) return;
    this.startTimer = new StartTimer(this);
    hub.timers.start(this.startTimer, ms);
    hub.schedule();
  }

  /** Waits until it has ended, and throws nothing of it. Gives up in silence when the time is up. */
  join(options?: TimeoutOption): Operation<void> {
    return new Join(this, options);
  }

  /**
   * Waits for its value.
   *
   * @throws what it threw, its GreenletExit if it was killed; Timeout when the time is up
   */
  get(options?: TimeoutOption): Operation<T> {
    return new Get<T>(this, options);
  }

  /**
   * Kills it: `reason` is raised where it is suspended, and again at each suspension until it is dead. One that has not
   * run yet never will. One that runs now (the caller) is raised at its next suspension.
   *
   * @returns an operation for "it is dead now", which gives up in silence when its time is up
   *
   * @example
   * worker.kill();                          // acts at once …
   * yield* worker.kill({ timeout: 1_000 }); // … and can be waited for
   */
  kill(options?: KillOptions): Operation<void> {
    const joined = new Join(this, options);
    if (this.dead) return joined;
    const reason = options?.reason ?? new GreenletExit(`killed by ${kernel.current.name}`);
    if (this.killed === null) {
      this.killed = { reason };
      this.controller?.abort(reason);
    }
    if (this.state === UNSTARTED) {
      this.stopStartTimer();
      this.settle(FAILED, reason);
      this.bury();
    } else cancelScope(this, rootScope(this), reason);
    return joined;
  }

  /**
   * Has `callback` called, by the hub, with this greenlet when it has ended; soon if it already has. Callbacks are called
   * in the order of linking. What one throws goes to `hub.handleError` and stops no other.
   */
  link(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'both'));
  }

  /** The same, for a greenlet that returned. */
  linkValue(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'value'));
  }

  /** The same, for a greenlet that threw or was killed. */
  linkException(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'exception'));
  }

  /** Takes back one link of `callback`. */
  unlink(callback: LinkTarget<T, Greenlet<T>>): void {
    removeLink(this.waiters, callback);
  }

  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return new Get<T>(this, undefined)[Symbol.iterator]();
  }

  // biome-ignore lint/suspicious/noThenProperty: a greenlet is awaited outside greenlets
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.get().then(onFulfilled, onRejected) as Promise<A | B>;
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.waiters ??= new WaitQueue();
    this.waiters.push(waiter);
  }

  /** @internal Gives what it ended with, or throws it. */
  outcomeNow(): T {
    if (this.outcome === FAILED) {
      this.taken = true;
      throw this.result;
    }
    return this.result as T;
  }

  /** @internal */
  override begin(): unknown {
    this.stopStartTimer();
    const { args } = this;
    const fn = this.run;
    const result = args.length === 0 ? fn() : args.length === 1 ? fn(args[0]) : fn(...args);
    const isPromise = typeof (result as PromiseLike<unknown> | null)?.then === 'function' && !isOperation(result);
    return isPromise ? until(result as PromiseLike<unknown>) : result;
  }

  /** @internal The hub's greenlets hand control back to the hub, and their outcome to whoever waits for it. */
  override conclude(): RawGreenlet {
    this.stopStartTimer();
    this.settle(kernel.mode === THROW ? FAILED : RETURNED, kernel.value);
    this.bury();
    if (kernel.mode === THROW || kernel.parkable) kernel.value = undefined;
    kernel.mode = NEXT;
    return kernel.main;
  }

  private settle(outcome: Outcome, result: unknown): void {
    this.outcome = outcome;
    this.result = result;
    this.state = DEAD;
    endings += 1;
    this.ending = endings;
    // Cut the chain, or a greenlet that spawns its successor would keep all its predecessors.
    if (this.spawnedBy?.dead === true) this.spawnedBy = null;
    const { waiters } = this;
    this.waiters = null;
    if (waiters !== null) {
      if (outcome === FAILED)
        for (const waiter of waiters) if ((waiter as ErrorTaker).takesErrors === true) this.taken = true;
      waiters.notifyAll();
    }
    if (outcome === FAILED && !this.taken && !(result instanceof GreenletExit)) hub.reportUnlessTaken(this);
  }

  private addLink(link: Link<T, Greenlet<T>>): void {
    if (this.outcome === UNFINISHED) this.watch(link);
    else {
      if (link.takesErrors) this.taken = true;
      link.notify();
    }
  }

  private stopStartTimer(): void {
    if (this.startTimer === null) return;
    hub.timers.stop(this.startTimer);
    this.startTimer = null;
  }
}

/** A waiter that a greenlet's error goes to. */
export interface ErrorTaker extends Waiter {
  readonly takesErrors: boolean;
}

class StartTimer implements Waiter {
  queue: WaitQueue | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly greenlet: Greenlet;

  constructor(greenlet: Greenlet<any>) {
    this.greenlet = greenlet;
  }

  notify(): void {
    hub.ready(this.greenlet, NEXT, undefined);
  }
}

/** What `join()` and `get()` share: standing in the greenlet's queue. */
abstract class Ending<T> extends TimedSuspension<T> implements ErrorTaker {
  readonly takesErrors = true;
  protected readonly awaited: Greenlet<any>;

  constructor(awaited: Greenlet<any>, options: TimeoutOption | undefined) {
    super(options);
    this.awaited = awaited;
  }

  override blockers(): Iterable<RawGreenlet> {
    return [this.awaited];
  }

  protected enqueue(): void {
    this.awaited.watch(this);
  }
}

class Join extends Ending<void> {
  describe(): string {
    return `the end of ${this.awaited.name}`;
  }

  protected tryNow(): boolean {
    if (!this.awaited.ready()) return false;
    this.awaited.taken = true;
    return true;
  }

  protected timedOut(): void {}
}

class Get<T> extends Ending<T> {
  describe(): string {
    return `the value of ${this.awaited.name}`;
  }

  protected tryNow(): boolean {
    if (!this.awaited.ready()) return false;
    this.value = this.awaited.outcomeNow();
    return true;
  }

  protected timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.awaited.name} has not ended within ${timeout} ms`);
  }

  override notify(): void {
    try {
      this.complete(this.awaited.outcomeNow());
    } catch (error) {
      this.fail(error);
    }
  }
}

/**
 * Makes a greenlet and starts it: it is put in the run queue, and runs when the caller has suspended or its JavaScript
 * job has ended.
 *
 * @param fn usually a generator function; plain and async ones do too (an async one ends when its promise settles)
 * @param args what it is called with
 * @throws TypeError when `fn` is not a function
 *
 * @example
 * const jobs = urls.map((url) => spawn(scrape, url));
 */
export function spawn<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Greenlet<Spawned<R>> {
  const greenlet = new Greenlet<Spawned<R>>(fn, ...args);
  greenlet.start();
  return greenlet;
}

/**
 * The same, starting in a while.
 *
 * @param ms milliseconds
 * @throws RangeError for NaN and negative times, TypeError when `fn` is not a function
 *
 * @example
 * spawnLater(1_000, report);
 */
export function spawnLater<A extends unknown[], R>(
  ms: number,
  fn: (...args: A) => R,
  ...args: A
): Greenlet<Spawned<R>> {
  const greenlet = new Greenlet<Spawned<R>>(fn, ...args);
  greenlet.startLater(ms);
  return greenlet;
}
