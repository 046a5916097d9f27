import { followContext } from '../../greenlet/context.ts';
import { GreenletError, GreenletExit, isA } from '../../greenlet/errors.ts';
import { kept } from '../../greenlet/kept.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { RESUMED } from '../../greenlet/life.ts';
import { isWatchingOperations, type Operation } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { counted, countOf, line, Shown, TEXT } from '../../greenlet/shown.ts';
import { slots } from '../../greenlet/slots.ts';
import { lowerStackTraceLimit, raiseStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { isQueued, type Mode, NEXT, THROW, UNSTARTED } from '../../greenlet/state.ts';
import { trace } from '../../greenlet/trace.ts';
import { enter } from '../../greenlet/trampoline.ts';
import { checkedTime } from '../checks/checks.ts';
import { Arrivals } from './arrivals.ts';
import { HangingCleanup } from './errors.ts';
import { type Failed, Failures } from './failures.ts';
import { host } from './host.ts';
import { MainWait } from './main-wait.ts';
import { Overdue } from './overdue.ts';
import type { Reports } from './reports.ts';
import { type ReadyQueue, RunQueue } from './run-queue.ts';
import { TimeSlice } from './time-slice.ts';
import { type Clock, HostClock, Timers } from './timers.ts';

/** Whether the environment asks for help with debugging. */
const debugging = ![undefined, '', '0'].includes(host.env('GREENHUB_DEBUG'));

/** A wait for nothing to be left to happen. */
export interface IdleWait {
  /** Looks whether it is over. */
  check(): void;
  /** Ends it: nothing can happen any more. */
  finish(): void;
}

/**
 * The scheduler. It resumes the greenlets that are ready, in the order in which they became ready, and starts to do so
 * in a microtask after the current JavaScript job. There is one hub; `getHub()` gives it.
 *
 *     ready() ─▶ run queue ─drain()─▶ resume ─▶ parks, or ends
 *        ▲                                        │
 *        └── timers, wait queues, promises ◀──────┘
 */
export class Hub extends Shown {
  /** For how many milliseconds greenlets are resumed before the event loop gets its turn. */
  switchInterval = 5;
  /**
   * Whether spawned greenlets note where they were spawned, and the exits of kills have a stack. Costs some microseconds for each
   * spawn and kill.
   */
  captureSpawnSites: boolean = debugging;
  private grace = 5_000;
  /** @internal */
  readonly timers: Timers;
  /** @internal The waits for nothing to be left to happen. */
  readonly idleWaits = new Set<IdleWait>();
  /** @internal Called after each drain that left nothing ready. */
  readonly afterDrain = new Set<() => void>();
  private reports: Reports | null = null;
  private runQueue: ReadyQueue = new RunQueue();
  /** True while a driver (the schedule explorer) decides when to drain. */
  private driven = false;
  private readonly idlers: (() => void)[] = [];
  private readonly failures = new Failures();
  private readonly slice = new TimeSlice();
  private readonly overdue: Overdue;
  private readonly arrivals = new Arrivals();
  /** A drain is under way or asked for. */
  private scheduled = false;
  /** What becomes ready now may wait for the next turn of the event loop. */
  private gathering = false;
  /** The next drain comes in a turn of the event loop that was asked for. */
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
    slots.nextReady = () => this.nextReady();
    host.onFirstAsyncContext(followContext);
    slots.awaitOperation = <T>(operation: Operation<T>) =>
      new Promise<T>((resolve, reject) => {
        this.ready(new MainWait(operation, resolve, reject), NEXT, RESUMED);
      });
  }

  /** @internal Lets a higher room report on the hub. */
  reportTo(reports: Reports): void {
    this.reports = reports;
    this.debug = debugging;
    host.onLoopEmpty(() => {
      const woken = reports.loopIsEmpty();
      // The work that goes on may end again, and the host reports that only after the event loop has turned.
      if (woken) host.nextTurn(() => {});
      return woken;
    });
  }

  /**
   * Whether operations that are made and never run (a forgotten `yield*` or `await`) are reported on standard error, each
   * line of the program once: when they are garbage, or when the process ends. On if GREENHUB_DEBUG is set.
   */
  get debug(): boolean {
    return isWatchingOperations();
  }

  set debug(on: boolean) {
    this.reports?.watchOperations(on);
  }

  /**
   * How long, in milliseconds, a cancelled or failed greenlet waits for foreign cleanup (an iterator's `return()`, a web stream's
   * `cancel()`); 5,000 by default. After that the greenlet goes on without it, and `handleError` reports what hangs. Infinity
   * waits for ever. It does not bound the `finally` blocks of greenlets.
   *
   * @throws RangeError for NaN and negative times, TypeError for anything but a number
   */
  get cleanupGrace(): number {
    return this.grace;
  }

  set cleanupGrace(ms: number) {
    this.grace = checkedTime(ms, 'cleanupGrace');
  }

  /** The hub's time in milliseconds, from some moment in the past. */
  now(): number {
    return this.timers.clock.now();
  }

  /**
   * Gets what no greenlet, no link and no waiting code took by the next turn of the event loop. Prints it on standard
   * error, and makes the exit code 1 unless `process.exitCode` is set; the program goes on. Replace it to do something else.
   * An error that the replacement throws is an uncaught error, after all other failures were reported.
   *
   * @param greenlet the one that failed, or whose link callback threw
   * @param error what it threw
   */
  handleError(greenlet: RawGreenlet, error: unknown): void {
    if (!isA(error, HangingCleanup)) host.failExitCode();
    this.reports?.printFailure(greenlet, error);
  }

  /** @internal Calls `handleError`. If that throws, prints the error all the same. */
  tell(greenlet: RawGreenlet, error: unknown): void {
    try {
      this.handleError(greenlet, error);
    } catch (failure) {
      if (failure !== error) this.reports?.printFailure(greenlet, error);
      host.throwLater(failure);
    }
  }

  /** @internal */
  [TEXT](): string {
    const alive = counted(countOf(this.living()), 'greenlet alive', 'greenlets alive');
    return line('Hub', 'Hub', alive, `${countOf(this.runQueue)} ready`, counted(this.timers.size, 'timer'));
  }

  /** @internal Has timers follow another clock (a virtual one, in tests) and gives the one before. */
  useClock(clock: Clock): Clock {
    const previous = this.timers.clock;
    this.timers.follow(clock);
    if (this.timers.size > 0) this.schedule();
    return previous;
  }

  /** @internal Puts a parked or unstarted greenlet at the back of the run queue. */
  ready(greenlet: RawGreenlet, mode: Mode, value: unknown): void {
    const { branching } = greenlet;
    const waited = branching === null ? null : greenlet.waiting;
    greenlet.queue(mode, value);
    if (branching === null || branching.admit(greenlet, waited)) this.enqueue(greenlet);
  }

  /** @internal Puts a greenlet that is ready at the back of the run queue. */
  enqueue(greenlet: RawGreenlet): void {
    this.runQueue.push(greenlet);
    if (this.scheduled !== true) this.schedule();
  }

  /** @internal Puts the running greenlet at the back of the run queue; it is resumed with RESUMED. */
  requeue(greenlet: RawGreenlet): void {
    greenlet.queue(NEXT, RESUMED);
    if (greenlet.branching === null || greenlet.branching.admit(greenlet, null)) this.runQueue.push(greenlet);
  }

  /**
   * @internal Hands the hub to a driver, which gives it a run queue and from now on calls `drain()` and `turn()` itself.
   *
   * @returns what hands it back
   */
  drive(queue: ReadyQueue): () => void {
    if (this.driven || !this.resting) throw new GreenletError('the hub is busy: let all that is ready run first');
    const { runQueue, switchInterval } = this;
    this.driven = true;
    this.scheduled = true;
    this.runQueue = queue;
    this.switchInterval = Infinity;
    return () => {
      this.driven = false;
      this.scheduled = false;
      this.runQueue = runQueue;
      this.switchInterval = switchInterval;
    };
  }

  /** @internal True when no greenlet is ready and no drain is to come. */
  get resting(): boolean {
    return this.runQueue.isEmpty && (!this.scheduled || this.driven);
  }

  /** @internal True when somebody waits for a turn of the event loop in which nothing is ready. */
  get hasIdlers(): boolean {
    return this.idlers.length > 0;
  }

  /** @internal Has a drain follow, which also arms the clock for timers that were started outside of one. */
  schedule(): void {
    if (this.scheduled === true) return;
    if (this.gathering) {
      this.askForTurn();
      return;
    }
    this.scheduled = true;
    if (this.slice.isSpent(this.switchInterval)) this.askForTurn();
    else host.microtask(this.drain);
  }

  /**
   * @internal Calls `wake`, for something that has come from outside. Where such things come in numbers, what they make ready is
   * resumed by one drain, in the turn of the event loop: that costs less than a drain for each.
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

  /** @internal The greenlets that are kept, in the order in which they were; then those that are not and run, or are to run. */
  *living(): Generator<RawGreenlet, void, unknown> {
    yield* kept;
    const { resumed } = kernel;
    if (resumed.place === 0 && resumed.input === RESUMED) yield resumed;
    for (const greenlet of this.runQueue) {
      if (greenlet.place === 0 && (greenlet.state === UNSTARTED || greenlet.isQueued)) yield greenlet;
    }
  }

  /** @internal True when no greenlet is ready and no timer runs. */
  get idle(): boolean {
    return this.runQueue.isEmpty && this.timers.size === 0;
  }

  /** @internal Calls `fn` once, when a turn of the event loop has passed and nothing is ready to run. */
  whenIdle(fn: () => void): void {
    this.idlers.push(fn);
    this.askForTurn();
  }

  /**
   * @internal Reports a failed greenlet unless somebody takes its error by the next turn of the event loop, where all
   * that was ready before that turn counts as by it.
   */
  reportUnlessTaken(greenlet: Failed): void {
    this.failures.add(greenlet);
    this.askForTurn();
  }

  /** @internal Resumes the greenlets that are ready. */
  readonly drain = (): void => {
    this.scheduled = true;
    kernel.parkable = true;
    this.slice.begin(this.switchInterval);
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
    this.slice.end(this.switchInterval);
    if (this.driven) return;
    if (!this.runQueue.isEmpty) this.askForTurn();
    else {
      this.scheduled = false;
      if (this.overdue.isAny || this.idlers.length > 0 || this.failures.isAny) this.askForTurn();
    }
  };

  /** @internal What a turn of the event loop brings: those who wait for one go on, and failures nobody took are reported. */
  turn(): void {
    this.slice.turned();
    this.arrivals.turned();
    this.failures.turned(this.runQueue);
    this.overdue.fire(this.runQueue);
    if (this.runQueue.isEmpty && !this.overdue.isAny) for (const idler of this.idlers.splice(0)) idler();
    this.drain();
    for (const greenlet of this.failures.takeUntold(this.runQueue)) this.tell(greenlet, greenlet.exception);
  }

  /** Resumes those that are ready until there are none or their time is up. */
  private resumeAll(): void {
    for (let greenlet = this.nextReady(); greenlet !== null; greenlet = this.nextReady()) {
      const { mode } = kernel;
      if (kernel.tracer !== null) this.traceResume(greenlet, mode);
      enter(greenlet, mode, greenlet.takeInput(), 1);
      if (kernel.mode === THROW) this.handleStray();
    }
  }

  /** Takes the next greenlet off the run queue; null when there is none or their time is up. */
  private nextReady(): RawGreenlet | null {
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
      // It is a stale entry: it was killed, or started by an explicit switch, after it was queued.
    }
  }

  /** True if no more greenlets are resumed in this drain. */
  private isTimeUp(): boolean {
    // If nothing is ready there is no need to look, but a driver is asked all the same.
    if (this.runQueue.isEmpty) return !this.driven;
    return this.overdue.areNext(this.runQueue) || this.slice.look(this.switchInterval);
  }

  /** Has a drain, and what waits for a turn of the event loop, follow in the next one. */
  private askForTurn(): void {
    if (this.turnAsked || this.driven) return;
    this.turnAsked = true;
    host.nextTurn(() => {
      this.turnAsked = false;
      if (!this.driven) this.turn();
    });
  }

  /** The hub's switches are traced too; a hook that fails has the hub for its switcher. */
  private traceResume(greenlet: RawGreenlet, mode: Mode): void {
    const failure = trace(mode === NEXT ? 'switch' : 'throw', kernel.main, greenlet);
    if (failure !== null) this.tell(greenlet, failure.error);
  }

  /** An error that reached main while the hub drives: the raw greenlet it came from had main for its parent. */
  private handleStray(): void {
    const { target: greenlet, value: error } = kernel;
    // What stays in a register is not freed.
    kernel.target = kernel.main;
    kernel.mode = NEXT;
    kernel.value = undefined;
    if (!isA(error, GreenletExit)) this.tell(greenlet, error);
  }
}

const hub = new Hub();

/**
 * The scheduler of this thread.
 *
 * @example
 * getHub().handleError = (greenlet, error) => logger.error({ greenlet: greenlet.name, error });
 */
export function getHub(): Hub {
  return hub;
}
