import { GreenletError, GreenletExit, isA } from '../../greenlet/errors.ts';
import { kept } from '../../greenlet/kept.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { RESUMED } from '../../greenlet/life.ts';
import type { Observer } from '../../greenlet/observer.ts';
import { isWatchingOperations, type Operation } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { counted, countOf, line, Shown, TEXT } from '../../greenlet/shown.ts';
import { slots } from '../../greenlet/slots.ts';
import { lowerStackTraceLimit, raiseStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { isQueued, type Mode, NEXT, THROW, UNSTARTED } from '../../greenlet/state.ts';
import type { Tracer } from '../../greenlet/trace.ts';
import { enter } from '../../greenlet/trampoline.ts';
import { checkedTime } from '../checks/checks.ts';
import { Arrivals } from './arrivals.ts';
import { HangingCleanup } from './errors.ts';
import { external } from './external-waits.ts';
import { type Failed, Failures } from './failures.ts';
import { host } from './host.ts';
import { MainWait } from './main-wait.ts';
import { Overdue } from './overdue.ts';
import { reports } from './reports.ts';
import { type ReadyQueue, RunQueue } from './run-queue.ts';
import { TimeSlice } from './time-slice.ts';
import { HostClock, Timers } from './timers.ts';
import { type Waiter, WaitQueue } from './wait-queue.ts';

/** A wait until nothing is left to do. */
export interface IdleWait {
  /** Called when no greenlet is ready. Ends the wait if nothing else is left to do. */
  check(): void;
  /** Ends the wait: the event loop is empty. */
  finish(): void;
}

/**
 * The scheduler. It resumes the ready greenlets in the order in which they became ready, beginning in a microtask after the
 * current JavaScript job. Each thread has one hub; `getHub()` returns it.
 *
 *     ready() ─▶ run queue ─drain()─▶ resume ─▶ parks, or ends
 *        ▲                                        │
 *        └── timers, wait queues, promises ◀──────┘
 */
export class Hub extends Shown {
  private interval = 5;
  /**
   * Whether greenlets note where they were spawned, and whether the `GreenletExit` of a kill has a stack. Costs some
   * microseconds for each spawn and kill.
   */
  captureSpawnSites = false;
  private grace = 5_000;
  /** @internal */
  readonly timers: Timers;
  /** @internal The waits until nothing is left to do. */
  readonly idleWaits = new Set<IdleWait>();
  /** @internal Called before a deadlock is reported. */
  onDeadlock: (() => void) | null = null;
  /** @internal Called after each drain that left nothing ready. */
  readonly afterDrain = new Set<() => void>();
  /** @internal */
  runQueue: ReadyQueue = new RunQueue();
  /** @internal True while a driver (the schedule explorer) decides when to drain. */
  lent = false;
  private readonly idlers = new WaitQueue();
  private readonly failures = new Failures();
  private readonly slice = new TimeSlice();
  private readonly overdue: Overdue;
  private readonly arrivals = new Arrivals();
  /** @internal A drain is running or requested. */
  scheduled = false;
  /** Greenlets that become ready now may wait for the next turn of the event loop. */
  private gathering = false;
  /** A turn of the event loop is requested. */
  private turnAsked = false;
  constructor() {
    super();
    this.timers = new Timers(new HostClock(), () => {
      this.slice.turned();
      this.overdue.note(this.runQueue);
      this.overdue.fire(this.runQueue);
      if (!this.scheduled) this.drain();
    });
    this.overdue = new Overdue(this.timers);
    slots.nextReady = this.nextReady;
    slots.unchain = () => this.unchain();
    slots.awaitOperation = <T>(operation: Operation<T>) =>
      new Promise<T>((resolve, reject) => {
        this.wake(new MainWait(operation, resolve, reject), NEXT, RESUMED);
      });
  }

  /**
   * Whether operations that are created and never run (a forgotten `yield*` or `await`) are reported on standard error. Each
   * line of the program is reported once, when the operation is garbage or the process ends. On if GREENHUB_DEBUG is set.
   */
  get debug(): boolean {
    return isWatchingOperations();
  }

  set debug(on: boolean) {
    reports.watch(on);
  }

  /**
   * How long, in milliseconds, greenlets run before the event loop gets its turn; 5 by default.
   *
   * @throws RangeError for NaN and negative times, TypeError for anything but a number
   */
  get switchInterval(): number {
    return this.interval;
  }

  set switchInterval(ms: number) {
    this.interval = checkedTime(ms, 'switchInterval');
  }

  /**
   * How long, in milliseconds, a cancelled or failed greenlet waits for foreign cleanup (an iterator's `return()`, a web
   * stream's `cancel()`); 5,000 by default. After that, the greenlet continues without it, and `handleError` reports the
   * cleanup that hangs. Infinity waits forever. The `finally` blocks of greenlets have no such limit.
   *
   * @throws RangeError for NaN and negative times, TypeError for anything but a number
   */
  get cleanupGrace(): number {
    return this.grace;
  }

  set cleanupGrace(ms: number) {
    this.grace = checkedTime(ms, 'cleanupGrace');
  }

  /**
   * Looks for a deadlock now: if no greenlet is ready, no timer runs, and no greenlet waits for a promise, a socket or anything
   * else outside, then code that waits in main gets a `LoopExit`, as it would if the event loop were empty. Call it where the host
   * does not tell that the event loop is empty, once nothing outside will wake a greenlet any more: a browser, for instance, might
   * always bring a click. With `debug` on, the hub does so itself there, after a second in which no greenlet has run.
   *
   * @returns whether waiting code was woken
   *
   * @example
   * const jobs = [spawn(producer), spawn(consumer)];
   * button.onclick = () => getHub().checkDeadlock();
   */
  checkDeadlock(): boolean {
    return external.waits === 0 && reports.loopIsEmpty();
  }

  /** The hub's time: milliseconds since some moment in the past. */
  now(): number {
    return this.timers.clock.now();
  }

  /**
   * Receives every failure that no greenlet, link or waiting code has taken by the next turn of the event loop. Prints it on
   * standard error and sets the exit code to 1, unless `process.exitCode` is set. The program continues. Replace this method
   * to do something else. If the replacement throws, that is an uncaught error, thrown after the other failures are reported.
   *
   * @param greenlet the greenlet that failed, or whose link callback threw
   * @param error the value that was thrown
   */
  handleError(greenlet: RawGreenlet, error: unknown): void {
    if (!isA(error, HangingCleanup)) host.failExitCode();
    reports.printFailure(greenlet, error);
  }

  /** @internal Calls `handleError`. If that throws, the failure is printed anyway. */
  tell(greenlet: RawGreenlet, error: unknown): void {
    kernel.observer?.failed(greenlet, error);
    try {
      this.handleError(greenlet, error);
    } catch (failure) {
      if (failure !== error) reports.printFailure(greenlet, error);
      host.throwLater(failure);
    }
  }

  /** @internal */
  [TEXT](): string {
    const alive = counted(countOf(this.living()), 'greenlet alive', 'greenlets alive');
    return line('Hub', 'Hub', alive, `${countOf(this.runQueue)} ready`, counted(this.timers.size, 'timer'));
  }

  /** @internal Ends the wait of a parked greenlet, or begins an unstarted one: puts it at the back of the run queue. */
  wake(greenlet: RawGreenlet, mode: Mode, value: unknown): void {
    const { branching } = greenlet;
    const waited = branching === null ? null : greenlet.waiting;
    if (kernel.observer !== null) tellReady(kernel.observer, greenlet);
    greenlet.queue(mode, value);
    if (branching === null || branching.admit(greenlet, waited)) this.enqueue(greenlet);
  }

  /** @internal Puts a greenlet that was just made at the back of the run queue. */
  enqueueNew(greenlet: RawGreenlet): void {
    greenlet.queue(NEXT, RESUMED);
    if (kernel.observer !== null) kernel.observer.spawned(greenlet);
    this.runQueue.pushNew(greenlet);
    if (this.scheduled !== true) this.schedule();
  }

  /** @internal Dissolves the chains of new greenlets, before one in their midst begins or ends. */
  unchain(): void {
    const moved = this.runQueue.unchain();
    this.failures.moveMarks(moved);
    this.overdue.moveMark(moved);
  }

  /** @internal Puts a ready greenlet at the back of the run queue. */
  enqueue(greenlet: RawGreenlet): void {
    this.runQueue.push(greenlet);
    if (this.scheduled !== true) this.schedule();
  }

  /** @internal Puts the running greenlet at the back of the run queue. It will be resumed with RESUMED. */
  requeue(greenlet: RawGreenlet): void {
    greenlet.queue(NEXT, RESUMED);
    if (greenlet.branching === null || greenlet.branching.admit(greenlet, null)) this.runQueue.push(greenlet);
  }

  /** @internal True if no greenlet is ready and no drain is requested. */
  get resting(): boolean {
    return this.runQueue.isEmpty && (!this.scheduled || this.lent);
  }

  /** @internal True if a greenlet is ready. */
  get hasReady(): boolean {
    return !this.runQueue.isEmpty;
  }

  /** @internal True if a greenlet waits for a turn of the event loop in which nothing is ready. */
  get hasIdlers(): boolean {
    return this.idlers.first !== null;
  }

  /** @internal Requests a drain. The drain also arms the clock for timers that were started outside a drain. */
  schedule(): void {
    if (this.scheduled === true) return;
    if (this.gathering) {
      this.askForTurn();
      return;
    }
    this.scheduled = true;
    if (this.slice.isSpent(this.interval)) this.askForTurn();
    else host.microtask(this.drain);
  }

  /**
   * @internal Calls `wake` for an arrival from outside. If there are many arrivals, one drain in the next turn of the event
   * loop resumes all the greenlets that they wake. That costs less than a drain for each arrival.
   */
  gather<T>(wake: () => T): T {
    if (this.scheduled === true) return wake();
    const { gathering } = this;
    this.gathering = this.arrivals.gathers();
    try {
      return wake();
    } finally {
      this.gathering = gathering;
    }
  }

  /** @internal The greenlets that we keep alive, oldest first. Then the other greenlets that run or will run. */
  *living(): Generator<RawGreenlet, void, unknown> {
    yield* kept;
    yield* this.notKept();
  }

  /** @internal The greenlets that run or will run, and that we do not keep alive. */
  *notKept(): Generator<RawGreenlet, void, unknown> {
    const { resumed } = kernel;
    if (resumed.place === 0 && resumed.input === RESUMED) yield resumed;
    for (const greenlet of this.runQueue) {
      if (greenlet.place === 0 && (greenlet.state === UNSTARTED || greenlet.isQueued)) yield greenlet;
    }
  }

  /** @internal How many greenlets it has resumed so far, as a 32-bit integer that wraps around. */
  get resumes(): number {
    return this.runQueue.taken;
  }

  /** @internal True if no greenlet is ready and no timer runs. */
  get idle(): boolean {
    return this.runQueue.isEmpty && this.timers.size === 0;
  }

  /** @internal Notifies `waiter` after a turn of the event loop, when no greenlet is ready. */
  whenIdle(waiter: Waiter): void {
    this.idlers.push(waiter);
    this.askForTurn();
  }

  /**
   * @internal Reports a failed greenlet unless its error is taken by the next turn of the event loop. Greenlets that were
   * ready before that turn may still take it. A `GreenletExit` is never reported.
   */
  reportUnlessTaken(greenlet: Failed): void {
    if (greenlet.taken || isA(greenlet.exception, GreenletExit)) return;
    this.failures.add(greenlet);
    this.askForTurn();
  }

  /** @internal Resumes the ready greenlets. */
  readonly drain = (): void => {
    this.scheduled = true;
    kernel.parkable = true;
    this.slice.begin(this.interval);
    const root = kernel.rootContext;
    const stackTraceLimit = raiseStackTraceLimit();
    try {
      if (root === null) this.resumeAll();
      else {
        kernel.context = root;
        root.runInAsyncScope(() => this.resumeAll());
      }
    } finally {
      lowerStackTraceLimit(stackTraceLimit);
      kernel.parkable = false;
      kernel.context = null;
    }
    if (this.runQueue.isEmpty && this.idleWaits.size > 0) for (const wait of [...this.idleWaits]) wait.check();
    if (this.runQueue.isEmpty && this.afterDrain.size > 0) for (const listener of [...this.afterDrain]) listener();
    if (this.overdue.isAny) this.overdue.drained(this.runQueue);
    else this.timers.settle();
    this.slice.end(this.interval);
    if (this.lent) return;
    if (!this.runQueue.isEmpty) this.askForTurn();
    else {
      this.scheduled = false;
      if (this.overdue.isAny || this.hasIdlers || this.failures.isAny) this.askForTurn();
    }
  };

  /** @internal A turn of the event loop: fires overdue timers, wakes idlers, drains, and reports the failures nobody took. */
  turn(): void {
    this.slice.turned();
    this.arrivals.turned();
    this.failures.turned(this.runQueue);
    this.overdue.fire(this.runQueue);
    if (this.runQueue.isEmpty && !this.overdue.isAny) this.idlers.notifyAll();
    this.drain();
    for (const greenlet of this.failures.takeUntold(this.runQueue)) this.tell(greenlet, greenlet.exception);
  }

  /** Resumes ready greenlets until there are none or the time slice is used up. */
  private resumeAll(): void {
    for (let greenlet = this.nextReady(); greenlet !== null; greenlet = this.nextReady()) {
      const { mode } = kernel;
      if (kernel.tracer !== null) this.traceResume(kernel.tracer, greenlet, mode);
      enter(greenlet, mode, greenlet.takeInput(), 1);
      if (kernel.mode === THROW) this.handleStray();
    }
  }

  /** @internal Takes the next greenlet off the run queue. Returns null if there is none or the time slice is used up. */
  readonly nextReady = (): RawGreenlet | null => {
    const { slice } = this;
    slice.untilLook -= 1;
    if (slice.untilLook < 0 && this.isTimeUp()) return null;
    for (;;) {
      const greenlet = this.runQueue.shift();
      if (greenlet === undefined) return null;
      const { state } = greenlet;
      if (state === UNSTARTED) {
        kernel.mode = NEXT;
        return greenlet;
      }
      if (isQueued(state)) {
        kernel.mode = greenlet.unqueue();
        return greenlet;
      }
      // A stale entry: the greenlet was killed, or started by an explicit switch, after it was queued.
      this.runQueue.endChain();
    }
  };

  /** True if this drain should resume no more greenlets. */
  private isTimeUp(): boolean {
    // If nothing is ready, the clock does not matter. A driver's queue decides for itself what is ready, so it is asked.
    if (this.runQueue.isEmpty) return !this.lent;
    return this.overdue.areNext(this.runQueue) || this.slice.look(this.interval);
  }

  /** Requests a turn of the event loop. */
  private askForTurn(): void {
    if (this.turnAsked || this.lent) return;
    this.turnAsked = true;
    host.nextTurn(() => {
      this.turnAsked = false;
      if (!this.lent) this.turn();
    });
  }

  /** Calls the trace hook for a switch that the hub makes. If the hook throws, its error is reported. */
  private traceResume(tracer: Tracer, greenlet: RawGreenlet, mode: Mode): void {
    const failure = tracer.trace(mode, kernel.main, greenlet);
    if (failure !== null) this.tell(greenlet, failure.error);
  }

  /** Reports an error that reached main during a drain. It came from a raw greenlet whose parent is main. */
  private handleStray(): void {
    const { target: greenlet, value: error } = kernel;
    // A value that stays in a register cannot be freed.
    kernel.target = kernel.main;
    kernel.mode = NEXT;
    kernel.value = undefined;
    if (!isA(error, GreenletExit)) this.tell(greenlet, error);
  }
}

function tellReady(observer: Observer, greenlet: RawGreenlet): void {
  if (greenlet.state === UNSTARTED) observer.spawned(greenlet);
  else observer.woken(greenlet);
}

/** The scheduler of this thread, for the library's own use. */
export const hub = new Hub();

/**
 * Lends the hub to a scheduler of tests. The scheduler provides the run queue, and calls `hub.drain()` and `hub.turn()` itself. A
 * function, because bundlers drop unused functions, but not unused methods.
 *
 * @returns a function that gives the hub back
 * @throws GreenletError while greenlets are ready
 */
export function lendHub(queue: ReadyQueue): () => void {
  if (hub.lent || !hub.resting) throw new GreenletError('the hub is busy: let every ready greenlet run first');
  const { runQueue, switchInterval } = hub;
  hub.lent = true;
  hub.scheduled = true;
  hub.runQueue = queue;
  hub.switchInterval = Infinity;
  return () => {
    hub.lent = false;
    hub.scheduled = false;
    hub.runQueue = runQueue;
    hub.switchInterval = switchInterval;
  };
}
