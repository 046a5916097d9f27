import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { kept } from '../../greenlet/kept.ts';
import { kernel, RESUMED } from '../../greenlet/kernel.ts';
import { type Coroutine, excused, frameOf, type Operation, type Suspend } from '../../greenlet/operation.ts';
import { Rarities, RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { line, TEXT, valueText } from '../../greenlet/shown.ts';
import { DEAD, type Mode, NEXT, THROW, UNSTARTED } from '../../greenlet/state.ts';
import type { Switch } from '../../greenlet/switch.ts';
import { cancelScope, rootScope } from '../cancellation/cancel-scope.ts';
import { checkedFunction, checkedTime, type TimeoutOption } from '../checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../checks/options.ts';
import { type Failed, getHub } from '../loop/hub.ts';
import { stackless } from '../loop/stackless.ts';
import { type Waiter, type Waiting, WaitQueue } from '../loop/wait-queue.ts';
import { isThenable, type Settled } from '../parking/body.ts';
import { until } from '../parking/until.ts';
import type { Waitable } from '../parking/waitable.ts';
import { Get, Join } from './join.ts';
import { Link, type LinkTarget, removeLink } from './link.ts';
import { spawnSite } from './spawn-site.ts';

const hub = getHub();

/** What a spawned function results in: its generator's return value, its operation's, what its promise resolves to. */
export type Spawned<R> = Settled<R>;

/** How to kill: with what error, and how long to wait for the end. */
export interface KillOptions extends TimeoutOption {
  /** What is raised in the greenlet; a new GreenletExit unless given. */
  reason?: unknown;
}

export const KILL_OPTIONS: OptionNames<KillOptions> = { timeout: 'number', reason: 'any' };

/** @internal The last that was given out. */
export const ids = { last: 0 };
/** Counts endings, so that greenlets can be put in the order in which they ended. */
let endings = 0;

/** A greenlet's number of arguments (SEVERAL for more than one), whether its error was TAKEN, and its id in one number. */
const COUNT = 3;
const SEVERAL = 2;
const TAKEN = 4;
const IDS = 8;

/**
 * Makes what `new Greenlet()` makes, by one constructor that calls no other. V8 (in Node 20) inlines no `super()` where a `try` is
 * around it, and all of an async function is in one: there a greenlet would cost some 20 ns more.
 */
let PlainGreenlet: {
  new (fn: (...args: any[]) => unknown, given: unknown, count: number): Greenlet;
  prototype: Greenlet;
};

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
export class Greenlet<T = unknown> extends RawGreenlet implements Operation<T>, Waitable, Waiting, Failed {
  /** @internal */
  declare rarities: GreenletRarities | null;
  /** The one argument, which is what most have and needs no array; or an array of several. */
  private given: unknown;
  /** IDS times the id, and the rest. */
  private idAndFlags: number;
  /** Who waits for its end: mostly one at the most. */
  private waiters: Waiter | Crowd | null;

  /**
   * Makes one without starting it; `spawn()` does both.
   *
   * @param fn usually a generator function; plain and async ones do too
   * @param args what it is called with
   * @throws TypeError when `fn` is not a function
   */
  constructor(fn: (...args: any[]) => unknown, ...args: readonly unknown[]) {
    super(checkedFunction(fn, 'spawn()'));
    this.stateAndPlace = UNSTARTED;
    ids.last += 1;
    this.idAndFlags = ids.last * IDS + Math.min(args.length, SEVERAL);
    this.given = args.length > 1 ? args : args[0];
    this.waiters = null;
    if (hub.captureSpawnSites === true) this.rare.spawnSite = spawnSite();
  }

  static {
    // In the class, whose private fields it sets.
    // As a key of an object, because stack traces use it as a name and no bundler renames it.
    const { Greenlet: made } = {
      Greenlet: function (this: Greenlet, fn: (...args: any[]) => unknown, given: unknown, count: number) {
        ids.last += 1;
        this.stateAndPlace = UNSTARTED;
        this.input = undefined;
        this.frame = null;
        this.rarities = null;
        this.body = fn;
        this.ancestor = kernel.current;
        this.idAndFlags = ids.last * IDS + count;
        this.given = given;
        this.waiters = null;
      },
    };
    PlainGreenlet = made as unknown as typeof PlainGreenlet;
    PlainGreenlet.prototype = Greenlet.prototype;
  }

  /** A number that no other greenlet of this thread has. */
  get id(): number {
    return Math.floor(this.idAndFlags / IDS);
  }

  /** What messages call it: the function's name and the id, unless it was set. */
  override get name(): string {
    const name = this.rarities?.name ?? this.branching?.nameOf(this);
    return name ?? `${this.run.name || 'anonymous'}-${this.id}`;
  }

  override set name(name: string) {
    this.rare.name = name;
  }

  /** The arguments that the function is called with. */
  get args(): readonly unknown[] {
    const count = this.idAndFlags & COUNT;
    return count === SEVERAL ? (this.given as unknown[]) : count === 1 ? [this.given] : [];
  }

  /** @internal Somebody joined, linked or got its error. */
  get taken(): boolean {
    return (this.idAndFlags & TAKEN) !== 0;
  }

  set taken(taken: boolean) {
    if (taken !== this.taken) this.idAndFlags += taken ? TAKEN : -TAKEN;
  }

  /** Who spawned it; main counts. Forgotten when neither is alive any more. */
  get spawnedBy(): RawGreenlet | null {
    return this.ancestor;
  }

  set spawnedBy(greenlet: RawGreenlet | null) {
    this.ancestor = greenlet;
  }

  /** Main, unless another was set. It gets nothing of what the greenlet ends with. */
  override get parent(): RawGreenlet | null {
    return this.rarities?.parent ?? kernel.main;
  }

  override set parent(parent: RawGreenlet) {
    super.parent = parent;
  }

  protected override setParent(parent: RawGreenlet): void {
    this.rare.parent = parent;
  }

  /** True from `start()` on. */
  override get started(): boolean {
    return this.state !== UNSTARTED || this.input === RESUMED || this.place !== 0;
  }

  /** What it returned; undefined before that, and when it failed. */
  get value(): T | undefined {
    return this.successful() ? (this.input as T) : undefined;
  }

  /** What it threw, a GreenletExit included; null before that, and when it returned. */
  get exception(): unknown {
    return this.failed ? this.input : null;
  }

  /** An AbortSignal that is aborted when the greenlet is killed. Made when first asked for. */
  get signal(): AbortSignal {
    const { rare } = this;
    if (rare.controller === null) {
      rare.controller = new AbortController();
      if (rare.killed) rare.controller.abort(rare.reason);
    }
    return rare.controller.signal;
  }

  /** Where it was spawned, if `getHub().captureSpawnSites` was on. */
  get spawnSite(): string | undefined {
    return this.rarities?.spawnSite;
  }

  /** True once it has ended, in whatever way. */
  ready(): boolean {
    return this.state === DEAD;
  }

  /** True once it has returned; one that was killed was not successful. */
  successful(): boolean {
    return this.state === DEAD && this.outcome > 0;
  }

  private get failed(): boolean {
    return this.state === DEAD && this.outcome < 0;
  }

  /** Puts it in the run queue. A second call does nothing. */
  start(): void {
    if (this.started) return;
    hub.ready(this, NEXT, RESUMED);
  }

  /**
   * Starts it in a while; until then a kill makes that it never runs.
   *
   * @param ms milliseconds
   * @throws RangeError for NaN and negative times
   */
  startLater(ms: number): void {
    checkedTime(ms, 'the time of startLater()');
    if (this.started) return;
    kept.add(this);
    if (ms === Infinity) return;
    this.rare.startTimer = new StartTimer(this);
    hub.timers.start(this.rare.startTimer, ms);
    hub.schedule();
  }

  /** Waits until it has ended, and throws nothing of it. Gives up in silence when the time is up. */
  join(options?: TimeoutOption): Operation<void> {
    return new Join(this, checkedOptions(options, TIMEOUT, 'greenlet.join()'));
  }

  /**
   * Waits for its value.
   *
   * @throws what it threw, its GreenletExit if it was killed; Timeout when the time is up
   */
  get(options?: TimeoutOption): Operation<T> {
    return new Get<T>(this, checkedOptions(options, TIMEOUT, 'greenlet.get()'));
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
    const joined = excused(new Join(this, checkedOptions(options, KILL_OPTIONS, 'greenlet.kill()')));
    if (this.dead) return joined;
    const reason = options?.reason ?? stackless(() => new GreenletExit(`killed by ${kernel.current.name}`));
    const { rare } = this;
    if (!rare.killed) {
      rare.killed = true;
      rare.reason = reason;
      rare.controller?.abort(reason);
    }
    if (this.state === UNSTARTED) {
      if (this.nextNew !== null) hub.unchain();
      this.stopStartTimer();
      this.settle(true, reason);
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

  /** Removes one link of `callback`. If the callback has not begun, it is not called, even if this greenlet has just ended. */
  unlink(callback: LinkTarget<T, Greenlet<T>>): void {
    const { waiters } = this;
    const first = waiters instanceof Crowd ? waiters.first : waiters;
    if (first instanceof Link && first.target === callback) this.remove(first);
    else if (waiters instanceof Crowd) removeLink(waiters.others, callback);
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

  /** `get()` outside greenlets, with an error replaced by the result of `onRejected`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.get().catch(onRejected);
  }

  /** `get()` outside greenlets, then `onFinally`, however the greenlet has ended. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.get().finally(onFinally);
  }

  /** @internal */
  override [TEXT](): string {
    return line('Greenlet', this.name, this.doing());
  }

  protected override doing(): string {
    const wasKilled = this.rarities?.killed === true;
    if (this.dead) {
      if (this.outcome > 0) return `returned ${valueText(this.input)}`;
      const exit = this.input instanceof GreenletExit || (wasKilled && this.input === this.rarities?.reason);
      return `${exit ? 'killed with' : 'failed with'} ${valueText(this.input)}`;
    }
    if (this.state === UNSTARTED && this.started) return this.place === 0 ? 'ready to run' : 'starts later';
    return wasKilled ? `killed, and ${super.doing()}` : super.doing();
  }

  /** @internal Where one that has ended is in the order of endings. */
  get ending(): number {
    return Math.abs(this.outcome);
  }

  /** Of one that has ended: `ending`, negative if it threw. Kept where the frame was. */
  private get outcome(): number {
    return this.frame as unknown as number;
  }

  private set outcome(outcome: number) {
    this.frame = outcome as unknown as Coroutine<unknown>;
  }

  /** @internal */
  watch(waiter: Waiter): void {
    const { waiters } = this;
    if (waiters === null) {
      this.waiters = waiter;
      waiter.queue = this;
    } else {
      const crowd = waiters instanceof Crowd ? waiters : new Crowd(waiters);
      this.waiters = crowd;
      crowd.others.push(waiter);
    }
  }

  /** @internal Has a waiter notified that may stand at many greenlets at once; false if anybody waits here already. */
  watchAlone(waiter: Waiter): boolean {
    if (this.waiters !== null) return false;
    this.waiters = waiter;
    return true;
  }

  /** @internal */
  unwatchAlone(waiter: Waiter): void {
    const { waiters } = this;
    if (waiters === waiter) this.waiters = null;
    else if (waiters instanceof Crowd && waiters.first === waiter) waiters.first = null;
  }

  /** @internal */
  remove(waiter: Waiter): void {
    this.unwatchAlone(waiter);
    waiter.queue = null;
  }

  /** @internal Gives what it ended with, or throws it. */
  outcomeNow(): T {
    if (this.failed) {
      this.taken = true;
      throw this.input;
    }
    return this.input as T;
  }

  /** @internal */
  override begin(): Coroutine<unknown> | null {
    if (this.rarities !== null) this.stopStartTimer();
    const { run: body, given } = this;
    const count = this.idAndFlags & COUNT;
    const result = count === 1 ? body(given) : count === 0 ? body() : body(...(given as unknown[]));
    return frameOf(body, result) ?? waitFor(result);
  }

  /** @internal The hub's greenlets hand control back to the hub, and their outcome to whoever waits for it. */
  override conclude(mode: Mode, value: unknown): RawGreenlet {
    if (this.rarities !== null) this.stopStartTimer();
    this.settle(mode === THROW, value);
    kernel.mode = NEXT;
    kernel.value = mode === THROW || kernel.parkable === true ? undefined : value;
    return kernel.main;
  }

  private settle(hasFailed: boolean, result: unknown): void {
    if (this.place !== 0) kept.remove(this);
    this.state = DEAD;
    endings += 1;
    this.outcome = hasFailed ? -endings : endings;
    // Nothing more is sent to it, so what it ended with takes that place.
    this.input = result;
    // Cut the chain, or a greenlet that spawns its successor would keep all its predecessors.
    if (this.spawnedBy?.dead === true) this.spawnedBy = null;
    if (this.waiters !== null) this.tellAll();
    if (hasFailed && !this.taken && !isA(result, GreenletExit)) hub.reportUnlessTaken(this);
    if (this.rarities !== null) this.rarities.forget();
  }

  private tellAll(): void {
    const { waiters } = this;
    // Links stand here again until their callbacks begin.
    this.waiters = null;
    if (!(waiters instanceof Crowd)) this.tell(waiters as Waiter);
    else {
      if (waiters.first !== null) this.tell(waiters.first);
      for (const waiter of waiters.others) if (takesErrors(waiter)) this.taken = true;
      waiters.others.notifyAll();
    }
  }

  private tell(waiter: Waiter): void {
    waiter.queue = null;
    if (takesErrors(waiter)) this.taken = true;
    waiter.notify(this);
  }

  private addLink(link: Link<T, Greenlet<T>>): void {
    if (this.state !== DEAD) this.watch(link);
    else link.notify();
  }

  private stopStartTimer(): void {
    const timer = this.rarities?.startTimer;
    if (timer !== undefined && timer !== null) hub.timers.stop(timer);
  }

  /** @internal */
  override get destination(): RawGreenlet | null {
    return this.rarities === null ? null : this.rarities.destination;
  }

  override set destination(destination: RawGreenlet | null) {
    if (destination !== null || this.rarities !== null) this.rare.destination = destination;
  }

  protected override get plainSwitch(): Switch | null {
    return this.rarities === null ? null : this.rarities.plainSwitch;
  }

  protected override set plainSwitch(made: Switch | null) {
    this.rare.plainSwitch = made;
  }

  /** @internal */
  override get rare(): GreenletRarities {
    return super.rare as GreenletRarities;
  }

  protected override makeRarities(): GreenletRarities {
    return new GreenletRarities();
  }
}

/** What waits for a promise; null for a plain value, which is left in `kernel.value`. */
function waitFor(result: unknown): Coroutine<unknown> | null {
  if (isThenable(result)) return frameOf(until, until(result));
  kernel.value = result;
  return null;
}

class GreenletRarities extends Rarities {
  destination: RawGreenlet | null = null;
  plainSwitch: Switch | null = null;
  parent: RawGreenlet | null = null;
  name: string | null = null;
  spawnSite: string | undefined = undefined;
  startTimer: StartTimer | null = null;
  controller: AbortController | null = null;
  killed = false;
  /** What it was killed with. */
  reason: unknown = undefined;
}

/** Those who wait for the end of one greenlet. The first may stand at others too, and so is in no queue. */
class Crowd {
  first: Waiter | null;
  readonly others = new WaitQueue();

  constructor(first: Waiter) {
    this.first = first;
  }
}

/** A waiter that a greenlet's error goes to. */
export interface ErrorTaker extends Waiter {
  readonly takesErrors: boolean;
}

function takesErrors(waiter: Waiter): boolean {
  return (waiter as Partial<ErrorTaker>).takesErrors === true;
}

class StartTimer implements Waiter {
  queue: Waiting | null = null;
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
  const greenlet = makeGreenlet(fn, args);
  // It is new, so that what start() and ready() look at need not be looked at.
  greenlet.input = RESUMED;
  hub.enqueueNew(greenlet);
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
  checkedTime(ms, 'the time of spawnLater(ms, fn)');
  const greenlet = makeGreenlet(fn, args);
  greenlet.startLater(ms);
  return greenlet;
}

/**
 * @internal `new Greenlet(fn, ...args)`, at less cost. Several arguments are copied one by one: V8 makes no array of them for
 * `args` unless it is handed on as a whole.
 */
export function makeGreenlet<R>(fn: (...args: any[]) => R, args: readonly unknown[]): Greenlet<Spawned<R>> {
  checkedFunction(fn, 'spawn()');
  let given: unknown;
  let count = args.length;
  if (count === 1) given = args[0];
  else if (count > 1) {
    const several = new Array<unknown>(args.length);
    for (let i = 0; i < args.length; i += 1) several[i] = args[i];
    given = several;
    count = SEVERAL;
  }
  const greenlet = new PlainGreenlet(fn, given, count);
  if (kernel.captureContext !== null) greenlet.rare.context = kernel.captureContext();
  if (hub.captureSpawnSites === true) greenlet.rare.spawnSite = spawnSite();
  return greenlet as Greenlet<Spawned<R>>;
}
