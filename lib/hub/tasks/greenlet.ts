import { GreenletExit } from '../../greenlet/errors.ts';
import { kept } from '../../greenlet/kept.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { Life, RESUMED } from '../../greenlet/life.ts';
import { type Coroutine, excused, frameOf, type Operation, type Suspend } from '../../greenlet/operation.ts';
import { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { TEXT, titled } from '../../greenlet/shown.ts';
import { DEAD, type Mode, NEXT, THROW, UNSTARTED } from '../../greenlet/state.ts';
import { rootScope } from '../cancellation/cancel-scope.ts';
import { cancel } from '../cancellation/cancellation.ts';
import { checkedFunction, checkedTime, type TimeoutOption } from '../checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../checks/options.ts';
import type { Failed } from '../loop/failures.ts';
import { hub } from '../loop/hub.ts';
import { reports } from '../loop/reports.ts';
import { stackless } from '../loop/stackless.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { isThenable, type Settled } from '../parking/body.ts';
import { until } from '../parking/until.ts';
import type { Waitable } from '../parking/waitable.ts';
import { Crowd, notifyWaiters, withWaiter } from './end-waiters.ts';
import { counts } from './greenlet-counts.ts';
import { GreenletRarities } from './greenlet-rarities.ts';
import { doingOf, titleOf } from './greenlet-text.ts';
import { Get, Join } from './join.ts';
import { KILL_OPTIONS, type KillOptions } from './kill-options.ts';
import { Link, type LinkTarget, unlink } from './link.ts';
import { StartTimer } from './start-timer.ts';

/** The final result of a spawned function: its generator's return value, or the value of its operation or promise. */
export type Spawned<R> = Settled<R>;

/**
 * One number holds the id, the flag TAKEN and the number of arguments (SEVERAL for more than one). The collector copies every
 * greenlet, so each field costs when many are spawned at once: see docs/performance.md.
 */
const COUNT = 3;
const SEVERAL = 2;
const TAKEN = 4;
const IDS = 8;

/**
 * Makes all greenlets that are not of a subclass, by one constructor that calls no other. V8 does not inline `super()` inside a `try`,
 * and an async function counts as one: there a spawn would cost a quarter more.
 */
let PlainGreenlet: {
  new (fn: (...args: any[]) => unknown, given: unknown, count: number): Greenlet;
  prototype: Greenlet;
};

/**
 * A greenlet that the hub runs. It has a result. You can wait for it, link callbacks to it, and kill it.
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
  declare readonly rarities: GreenletRarities | null;
  /** The id, the flag TAKEN and the number of arguments; see `IDS`. */
  declare private idAndFlags: number;
  /** The argument, or an array of several. Most greenlets have one argument, and so need no array. */
  declare private given: unknown;
  /** @internal The waiters for its end; usually there is at most one. */
  declare waiters: Waiter | Crowd | null;

  /**
   * Creates a greenlet without starting it; `spawn()` does both.
   *
   * @param fn usually a generator function, but plain and async functions work too
   * @param args the arguments of `fn`
   * @throws TypeError if `fn` is not a function
   */
  // biome-ignore lint/correctness/noUnreachableSuper: only the constructor of a subclass calls it
  constructor(fn: (...args: any[]) => unknown, ...args: readonly unknown[]) {
    // biome-ignore lint/correctness/noConstructorReturn: so `new Greenlet()` and `spawn()` make the same hidden class
    if (new.target === Greenlet) return Greenlet.make(fn, args) as Greenlet<T>;
    super(checkedFunction(fn, 'spawn()'));
    this.identify(args.length > 1 ? args : args[0], Math.min(args.length, SEVERAL));
    if (hub.captureSpawnSites === true) this.rare.spawnSite = reports.spawnSite();
  }

  private identify(given: unknown, count: number): void {
    counts.created += 1;
    this.idAndFlags = counts.created * IDS + count;
    this.given = given;
    this.waiters = null;
  }

  /**
   * @internal `new Greenlet(fn, ...args)`. Several arguments are copied one by one, because V8 then allocates no array for the
   * `args` of most calls, which have none or one.
   */
  static make<R>(fn: (...args: any[]) => R, args: readonly unknown[]): Greenlet<Spawned<R>> {
    checkedFunction(fn, 'spawn()');
    let given: unknown;
    let count = args.length;
    if (count === 1) given = args[0];
    else if (count > 1) {
      const several = new Array<unknown>(count);
      for (let i = 0; i < args.length; i += 1) several[i] = args[i];
      given = several;
      count = SEVERAL;
    }
    const made = new PlainGreenlet(fn, given, count);
    if (hub.captureSpawnSites === true) made.rare.spawnSite = reports.spawnSite();
    return made as Greenlet<Spawned<R>>;
  }

  static {
    // In the class, whose private fields it sets. As a key of an object, because stack traces use it as a name and no bundler renames it.
    const { Greenlet: made } = {
      Greenlet: function (this: Greenlet, fn: (...args: any[]) => unknown, given: unknown, count: number) {
        Life.initialise(this, fn, kernel.current);
        this.identify(given, count);
      },
    };
    PlainGreenlet = made as unknown as typeof PlainGreenlet;
    PlainGreenlet.prototype = Greenlet.prototype;
  }

  /** A number that is unique in this thread. */
  get id(): number {
    return Math.floor(this.idAndFlags / IDS);
  }

  /** @internal True once a waiter or a link has received its error or claimed it, or the error was reported. */
  get taken(): boolean {
    return (this.idAndFlags & TAKEN) !== 0 || (this.rarities !== null && this.rarities.claims > 0);
  }

  set taken(taken: boolean) {
    if (taken !== ((this.idAndFlags & TAKEN) !== 0)) this.idAndFlags += taken ? TAKEN : -TAKEN;
  }

  /** @internal Takes its error, if it has failed, for a wait that may yet be cancelled. The wait then calls `disclaim()`. */
  claim(): void {
    if (this.failed) this.rare.claims += 1;
  }

  /** @internal Gives a claim up. Its error is reported unless another has it. */
  disclaim(): void {
    if (!this.failed) return;
    this.rare.claims -= 1;
    hub.reportUnlessTaken(this);
  }

  /** @internal */
  override get isLoose(): boolean {
    return false;
  }

  /** The name used in messages: by default, the name of the function and the id. */
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
    if (count === SEVERAL) return this.given as readonly unknown[];
    return count === 0 ? [] : [this.given];
  }

  /** The greenlet that spawned it, or main. Null once it has ended, if its spawner ended before it. */
  get spawnedBy(): RawGreenlet | null {
    return this.ancestor;
  }

  set spawnedBy(greenlet: RawGreenlet | null) {
    this.ancestor = greenlet;
  }

  /** By default, main. The parent receives neither the result nor the error. */
  override get parent(): RawGreenlet | null {
    return this.rarities?.parent ?? kernel.main;
  }

  override set parent(parent: RawGreenlet) {
    super.parent = parent;
  }

  protected override setParent(parent: RawGreenlet): void {
    this.rare.parent = parent;
  }

  /** True once `start()` was called. */
  override get started(): boolean {
    return this.state !== UNSTARTED || this.input === RESUMED || this.place !== 0;
  }

  /** The value that it returned. Undefined before it has ended, and if it has failed. */
  get value(): T | undefined {
    return this.successful() ? (this.input as T) : undefined;
  }

  /** The error that it threw, even a GreenletExit. Null before it has ended, and if it has returned. */
  get exception(): unknown {
    return this.failed ? this.input : null;
  }

  /** An AbortSignal that is aborted when the greenlet is killed. It is created at the first access. */
  get signal(): AbortSignal {
    const { rare } = this;
    if (rare.controller === null) {
      rare.controller = new AbortController();
      if (rare.killed) rare.controller.abort(rare.reason);
    }
    return rare.controller.signal;
  }

  /** The stack where it was spawned, if `getHub().captureSpawnSites` was on. */
  get spawnSite(): string | undefined {
    return this.rarities?.spawnSite;
  }

  /** @internal Its place in the order of endings; 0 while it is alive. */
  get order(): number {
    return Math.abs(this.outcome);
  }

  /** True once it has ended, in any way. */
  ready(): boolean {
    return this.state === DEAD;
  }

  /** True once it has returned. False if it was killed. */
  successful(): boolean {
    return this.outcome > 0;
  }

  private get failed(): boolean {
    return this.outcome < 0;
  }

  /** Starts it: puts it in the run queue. A second call does nothing. */
  start(): void {
    if (this.started) return;
    hub.wake(this, NEXT, RESUMED);
  }

  /**
   * Starts it after a delay. If it is killed before that, it never runs.
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

  /** Waits until it has ended. Does not throw its error, and does not throw when the time is up. */
  join(options?: TimeoutOption): Operation<void> {
    return new Join(this, checkedOptions(options, TIMEOUT, 'greenlet.join()'));
  }

  /**
   * Waits for its value.
   *
   * @throws its error (a GreenletExit if it was killed); Timeout when the time is up
   */
  get(options?: TimeoutOption): Operation<T> {
    return new Get<T>(this, checkedOptions(options, TIMEOUT, 'greenlet.get()'));
  }

  /**
   * Kills it. `reason` is raised where it is suspended, and again at each later suspension until it has ended. If it is running (it
   * is the caller), `reason` is raised at its next suspension. A greenlet killed before its first run never runs.
   *
   * @returns an operation that waits until the greenlet has ended; it does not throw when the time is up
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
      kernel.observer?.killed(this);
      rare.controller?.abort(reason);
    }
    if (this.state === UNSTARTED) {
      if (this.nextNew !== null) hub.unchain();
      this.stopStartTimer();
      this.settle(true, reason);
    } else cancel(this, rootScope(this), reason);
    return joined;
  }

  /**
   * Links a callback: the hub calls it with this greenlet when the greenlet has ended, or soon if it already has. Callbacks are
   * called in the order of linking. If one throws, its error goes to `hub.handleError`, and the others are still called.
   */
  link(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'both'));
  }

  /** Like `link()`, but `callback` is called only if the greenlet has returned. */
  linkValue(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'value'));
  }

  /** Like `link()`, but `callback` is called only if the greenlet has failed or was killed. */
  linkException(callback: LinkTarget<T, Greenlet<T>>): void {
    this.addLink(new Link<T, Greenlet<T>>(this, callback, 'exception'));
  }

  /** Removes one link of `callback`. If that call has not begun, it is not made, even if this greenlet has just ended. */
  unlink(callback: LinkTarget<T, Greenlet<T>>): void {
    unlink(this.waiters, callback);
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

  /** `get()` outside greenlets, with an error handler, like `catch()` of a promise. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.get().catch(onRejected);
  }

  /** `get()` outside greenlets, followed by `onFinally`, like `finally()` of a promise. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.get().finally(onFinally);
  }

  /** @internal */
  override [TEXT](): string {
    return titled(titleOf(this), this.doing());
  }

  protected override doing(): string {
    return doingOf(this, super.doing());
  }

  /** @internal */
  watch(waiter: Waiter): void {
    if (this.waiters !== null) this.waiters = withWaiter(this.waiters, waiter);
    else {
      this.waiters = waiter;
      waiter.queue = this;
    }
  }

  /** @internal Adds a waiter that may wait at many greenlets at once. Returns false if there is already another waiter. */
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

  /** @internal */
  override begin(): Coroutine<unknown> | null {
    if (this.rarities !== null) this.stopStartTimer();
    const { body, given } = this;
    const count = this.idAndFlags & COUNT;
    const result = count === 1 ? body(given) : count === 0 ? body() : body(...(given as readonly unknown[]));
    return frameOf(body, result) ?? waitFor(result);
  }

  /** @internal Ends the greenlet: control returns to the hub, and the waiters get the outcome. */
  override conclude(mode: Mode, value: unknown): RawGreenlet {
    if (this.rarities !== null) this.stopStartTimer();
    this.settle(mode === THROW, value);
    kernel.mode = NEXT;
    kernel.value = mode === THROW || kernel.parkable === true ? undefined : value;
    return kernel.main;
  }

  private settle(hasFailed: boolean, result: unknown): void {
    counts.ended += 1;
    this.die(result, hasFailed ? -counts.ended : counts.ended);
    if (kernel.observer !== null) kernel.observer.ended(this, hasFailed, result);
    // Otherwise, in a chain of greenlets that each spawn the next, the last would keep all the others in memory.
    if (this.spawnedBy?.dead === true) this.spawnedBy = null;
    const { waiters } = this;
    // Emptied first, because links become waiters again until their callbacks begin.
    this.waiters = null;
    if (waiters !== null) notifyWaiters(waiters, this);
    if (hasFailed) hub.reportUnlessTaken(this);
    this.forget();
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

  /** @internal */
  override get rare(): GreenletRarities {
    return super.rare as GreenletRarities;
  }

  /** @internal */
  override makeRarities(): GreenletRarities {
    return super.makeRarities(new GreenletRarities()) as GreenletRarities;
  }
}

/** Returns the frame that waits for a promise. A plain value has none; it is left in `kernel.value`. */
function waitFor(result: unknown): Coroutine<unknown> | null {
  if (isThenable(result)) return frameOf(until, until(result));
  kernel.value = result;
  return null;
}
