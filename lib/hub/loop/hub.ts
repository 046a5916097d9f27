import { followContext } from '../../greenlet/context.ts';
import { GreenletError, GreenletExit, isA } from '../../greenlet/errors.ts';
import { kept } from '../../greenlet/kept.ts';
import { enter, kernel, RESUMED, takeInput, trace } from '../../greenlet/kernel.ts';
import { isWatchingOperations } from '../../greenlet/operation.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { counted, countOf, line, Shown, TEXT } from '../../greenlet/shown.ts';
import { lowerStackTraceLimit, raiseStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import {
  isQueued,
  type Mode,
  NEXT,
  QUEUED,
  type State,
  SUSPENDED,
  THROW,
  UNSTARTED,
  UNWIND,
} from '../../greenlet/state.ts';
import { takePending } from '../cancellation/cancel-scope.ts';
import { checkedTime } from '../checks/checks.ts';
import { errorText, safeText } from '../reports/error-text.ts';
import { watchOperations } from '../reports/forgotten.ts';
import { Arrivals } from './arrivals.ts';
import { HangingCleanup } from './errors.ts';
import { host } from './host.ts';
import { type ReadyQueue, RunQueue } from './run-queue.ts';
import { type Clock, HostClock, Timers } from './timers.ts';

/** How many resumes may pass between two looks at the clock: a look costs more than a resume. */
const MOST_RESUMES_PER_LOOK = 64;
/** How many drains in which nobody looks at the clock may follow one that was short: a look costs as much as a short one. */
const MOST_UNTIMED = 7;
/** After this many drains that do not come to rest, overdue timers no longer wait for their turn. */
const MOST_RESTLESS = 8;

/** Whether the environment asks for help with debugging. */
const debugging = ![undefined, '', '0'].includes(host.env('GREENHUB_DEBUG'));

/** A failed greenlet as the hub reports it. */
export interface Failed extends RawGreenlet {
  readonly exception: unknown;
  /** True once somebody joined, linked or got it. */
  readonly taken: boolean;
  readonly spawnSite: string | undefined;
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
   * Whether spawned greenlets note where they were spawned, and the exits of kills have a stack. Costs microseconds a spawn, and
   * a kill.
   */
  captureSpawnSites: boolean = debugging;
  private grace = 5_000;
  /** @internal */
  readonly timers: Timers;
  /** @internal Called when the event loop has run empty; returns true if it wakes somebody. See `deadlock.ts`. */
  readonly onLoopEmpty: (() => boolean)[] = [];
  /** @internal Called after each drain that left nothing ready. */
  readonly afterDrain = new Set<() => void>();
  private runQueue: ReadyQueue = new RunQueue();
  /** Somebody else decides when to drain. */
  private driven = false;
  private readonly idlers: (() => void)[] = [];
  private failures: { readonly greenlet: Failed; after: number | null }[] = [];
  /** A drain is under way or asked for. */
  private scheduled = false;
  private readonly arrivals = new Arrivals();
  /** What becomes ready now may wait for the next turn of the event loop. */
  private gathering = false;
  /** The next drain comes in a turn of the event loop that was asked for. */
  private turnAsked = false;
  /** Milliseconds spent in drains since the event loop is known to have turned. */
  private spent = 0;
  /** When the last drain ended. */
  private drained = 0;
  /** How many more drains need not be timed. */
  private untimed = 0;
  /** The time of the drain under way: when it started (NaN until that is looked at), when the clock was last looked at, when it is next. */
  private started = 0;
  private looked = 0;
  private resumesPerLook = 1;
  private untilLook = 1;
  /** The end, in the run queue, of the greenlets that run before more timers fire; null while no timer is due. */
  private due: number | null = null;
  /** How many drains have not come to rest since timers became due. */
  private restless = 0;

  constructor() {
    super();
    this.timers = new Timers(new HostClock(), () => {
      this.spent = 0;
      this.due ??= this.runQueue.mark();
      this.fireDue();
      if (!this.scheduled) this.drain();
    });
    this.debug = debugging;
    kernel.nextReady = () => this.nextReady();
    kernel.unchain = () => this.unchain();
    kernel.raisePending = (greenlet) => this.raisePending(greenlet);
    host.onFirstAsyncContext(followContext);
    host.onLoopEmpty(() => {
      const woken = this.onLoopEmpty.filter((listener) => listener()).length > 0;
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
    watchOperations(on);
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
    printFailure(greenlet, error);
  }

  /** @internal Calls `handleError`. If that throws, prints the error all the same. */
  tell(greenlet: RawGreenlet, error: unknown): void {
    try {
      this.handleError(greenlet, error);
    } catch (failure) {
      if (failure !== error) printFailure(greenlet, error);
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
    greenlet.input = value;
    if (greenlet.isLoose === true && greenlet.place !== 0) kept.remove(greenlet);
    if (greenlet.state !== UNSTARTED) greenlet.state = (QUEUED + mode) as State;
    if (branching === null || branching.admit(greenlet, waited)) this.enqueue(greenlet);
  }

  /** @internal Puts a greenlet that was just made at the back of the run queue. */
  enqueueNew(greenlet: RawGreenlet): void {
    this.runQueue.pushNew(greenlet);
    // Looked at here, too, since most come while a drain is to come, and a call that is seldom made takes no room.
    if (this.scheduled !== true) this.schedule();
  }

  /** @internal Puts a greenlet that is ready at the back of the run queue. */
  enqueue(greenlet: RawGreenlet): void {
    this.runQueue.push(greenlet);
    this.schedule();
  }

  /** @internal Has each greenlet stand for itself in the run queue, before one in the midst of a chain begins or is buried. */
  unchain(): void {
    const moved = this.runQueue.unchain();
    for (const failure of this.failures) if (failure.after !== null) failure.after = moved(failure.after);
    if (this.due !== null) this.due = moved(this.due);
  }

  /** @internal Puts the running greenlet at the back of the run queue; it is resumed with RESUMED. */
  requeue(greenlet: RawGreenlet): void {
    if (greenlet.input !== RESUMED) greenlet.input = RESUMED;
    greenlet.state = QUEUED;
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
    if (this.spent < this.switchInterval) host.microtask(this.drain);
    else this.askForTurn();
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
      if (greenlet.place === 0 && (greenlet.state === UNSTARTED || isQueued(greenlet.state))) yield greenlet;
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
    this.failures.push({ greenlet, after: null });
    this.askForTurn();
  }

  /** @internal Resumes the greenlets that are ready. */
  readonly drain = (): void => {
    this.scheduled = true;
    kernel.parkable = true;
    this.beginTiming();
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
    if (this.runQueue.isEmpty && this.afterDrain.size > 0) for (const listener of [...this.afterDrain]) listener();
    if (this.due === null) this.timers.settle();
    else this.restless = this.runQueue.isEmpty ? 0 : this.restless + 1;
    this.endTiming();
    if (this.driven) return;
    if (!this.runQueue.isEmpty) this.askForTurn();
    else {
      this.scheduled = false;
      if (this.due !== null || this.idlers.length > 0 || this.failures.length > 0) this.askForTurn();
    }
  };

  /** @internal What a turn of the event loop brings: those who wait for one go on, and failures nobody took are reported. */
  turn(): void {
    this.spent = 0;
    this.arrivals.turned();
    if (this.failures.length > 0) {
      const mark = this.runQueue.mark();
      for (const failure of this.failures) failure.after ??= mark;
    }
    if (this.due !== null) this.fireDue();
    if (this.runQueue.isEmpty && this.due === null) for (const idler of this.idlers.splice(0)) idler();
    this.drain();
    this.reportFailures();
  }

  /**
   * Fires the timers of the earliest overdue deadline, once everything that was ready before has run. So deadlines take effect
   * in their order, however late they are.
   */
  private fireDue(): void {
    const { restless } = this;
    const excess = restless - MOST_RESTLESS;
    // At first everything ready runs until it rests. If that never happens, only what was ready when these timers were due.
    if (!this.runQueue.isEmpty && excess < 0 && (restless === 0 || !this.runQueue.hasPassed(this.due as number)))
      return;
    // If more is always ready than can run, timers must not fall behind for ever.
    let left = excess < 0 ? 1 : 2 ** excess;
    let isMoreDue = true;
    for (; left > 0 && isMoreDue; left -= 1) isMoreDue = this.timers.fireNext();
    this.due = isMoreDue ? this.runQueue.mark() : null;
    if (!isMoreDue) this.restless = 0;
  }

  /** Resumes those that are ready until there are none or their time is up. */
  private resumeAll(): void {
    this.looked = this.started;
    this.resumesPerLook = 1;
    this.untilLook = 1;
    for (let greenlet = this.nextReady(); greenlet !== null; greenlet = this.nextReady()) {
      const { mode } = kernel;
      if (kernel.tracer !== null) this.traceResume(greenlet, mode);
      enter(greenlet, mode, takeInput(greenlet), 1);
      if (kernel.mode === THROW) this.handleStray();
    }
  }

  /** Takes the next greenlet off the run queue; null when there is none or their time is up. */
  private nextReady(): RawGreenlet | null {
    this.untilLook -= 1;
    if (this.untilLook < 0 && this.isTimeUp()) return null;
    for (;;) {
      const greenlet = this.runQueue.shift();
      if (greenlet === undefined) return null;
      const { state } = greenlet;
      if (state === UNSTARTED) {
        kernel.mode = NEXT;
        return greenlet;
      }
      if (isQueued(state)) {
        kernel.mode = (state - QUEUED) as Mode;
        greenlet.state = SUSPENDED;
        return greenlet;
      }
      // It is a stale entry: it was killed, or started by an explicit switch, after it was queued.
      this.runQueue.endChain();
    }
  }

  private beginTiming(): void {
    if (this.untimed > 0) {
      this.untimed -= 1;
      this.started = Number.NaN;
      return;
    }
    this.started = host.now();
    if (this.started - this.drained >= this.switchInterval) this.spent = 0;
  }

  /** Adds the drain that has ended to the time spent, if it was timed. After a short one some need not be. */
  private endTiming(): void {
    if (Number.isNaN(this.started)) return;
    this.drained = host.now();
    const spent = this.drained - this.started;
    this.spent += spent;
    this.untimed = spent < this.switchInterval / 64 ? MOST_UNTIMED : 0;
  }

  /** Looks whether the time is up. Greenlets that run long are looked after each time, short ones seldom. */
  private isTimeUp(): boolean {
    // Where nothing is ready nobody need look, and only a driver is to be asked all the same.
    if (this.runQueue.isEmpty) return !this.driven;
    if (this.restless > 0 && this.due !== null && this.runQueue.hasPassed(this.due)) return true;
    const now = host.now();
    if (Number.isNaN(this.started)) this.started = now;
    if (now - this.started >= this.switchInterval) return true;
    if (now - this.looked > this.switchInterval / 8) this.resumesPerLook = 1;
    else if (this.resumesPerLook < MOST_RESUMES_PER_LOOK) this.resumesPerLook *= 2;
    this.untilLook = this.resumesPerLook;
    this.looked = now;
    return false;
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

  private reportFailures(): void {
    const due = ({ after }: { after: number | null }): boolean => after !== null && this.runQueue.hasPassed(after);
    const failures = this.failures.filter(due);
    if (failures.length === 0) return;
    this.failures = this.failures.filter((failure) => !due(failure));
    for (const { greenlet } of failures) if (!greenlet.taken) this.tell(greenlet, greenlet.exception);
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

  private raisePending(greenlet: RawGreenlet): void {
    const { pending, unwind } = takePending(greenlet);
    if (unwind) this.ready(greenlet, UNWIND, pending);
    else this.ready(greenlet, THROW, pending.error);
  }
}

function printFailure(greenlet: RawGreenlet, error: unknown): void {
  const { spawnSite } = greenlet as Partial<Failed>;
  const site = spawnSite === undefined ? '' : `\n  spawned:\n${spawnSite}`;
  const what = isA(error, HangingCleanup) ? 'goes on although its cleanup hangs' : 'failed, and nobody took its error';
  host.report(`greenlet ${safeText(() => greenlet.name)} ${what}: ${errorText(error)}${site}`);
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
