/**
 * One run of a scenario under one schedule. The hub is driven from here, in plain code and without the event loop, so
 * that nothing but the decisions determines what happens:
 *
 *     drain ─▶ each time somebody is to go on: maybe a kill, maybe time passes, then one of those who are ready
 *       ▲        │ nobody is ready
 *       │        ▼
 *       └── a turn; then the next deadline; then what is awaited outside; else a deadlock
 */
import { GreenletError, GreenletExit } from '../greenlet/errors.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { DEAD, isQueued, PARKED, UNSTARTED } from '../greenlet/state.ts';
import { getHub } from '../hub/index.ts';
import { LoopExit } from '../hub/loop/errors.ts';
import { host } from '../hub/loop/host.ts';
import type { ReadyQueue } from '../hub/loop/run-queue.ts';
import type { Clock } from '../hub/loop/timers.ts';
import { external } from '../hub/parking/external.ts';
import { explain } from '../hub/reports/deadlock.ts';
import { Greenlet, ids, makeGreenlet } from '../hub/tasks/greenlet.ts';
import { isHelper } from '../hub/tasks/helper.ts';
import { releaseIdleWaits } from '../hub/tasks/wait.ts';
import { countNamesAnew } from '../sync/named.ts';
import type { Decisions } from './decisions.ts';
import { HostActivity } from './host-activity.ts';
import { Random } from './random.ts';

const hub = getHub();

/** What is run under many schedules. It gets choices of its own, which a seed determines as well. */
export type Scenario = (random: Random) => unknown;

/** Whether greenlets are killed, or which of them may be. */
export type Kill = boolean | ((greenlet: Greenlet) => boolean);

export interface ScheduleOptions {
  readonly seed: number;
  readonly kill: Kill;
  /** How many times greenlets may be resumed before the run is taken to have no end. */
  readonly maxSteps: number;
  /** Whether to write down what happens. */
  readonly traced: boolean;
}

/** How often, at each step, something odd happens. */
const ODD = 0.08;
const MOST_KILLS = 4;
/** Milliseconds of real time for which time stands still while greenlets wait for what is under way outside. */
const PATIENCE = 1_000;

export class Schedule implements ReadyQueue, Clock {
  /** What happened, one line a step. */
  readonly trace: string[] = [];
  private readonly scenario: Scenario;
  private readonly options: ScheduleOptions;
  private readonly decisions: Decisions;
  private readonly ready: { readonly greenlet: RawGreenlet; readonly number: number }[] = [];
  private readonly before = new Set(hub.living());
  private readonly activity = new HostActivity();
  private failure: { readonly error: unknown } | null = null;
  private main: Greenlet | null = null;
  private running: RawGreenlet | null = null;
  private time = 0;
  private pushed = 0;
  private steps = 0;
  private kills = 0;
  private over = false;

  constructor(scenario: Scenario, decisions: Decisions, options: ScheduleOptions) {
    this.scenario = scenario;
    this.decisions = decisions;
    this.options = options;
  }

  /** Runs it; null when all went well, else what went wrong. Waits only for what is awaited outside. */
  *run(): Generator<Promise<void>, { readonly error: unknown } | null, void> {
    if (hub.timers.size > 0) throw new GreenletError('explore() needs all timers: let those that run end first');
    const giveBack = hub.drive(this);
    const clock = hub.useClock(this);
    const { handleError } = hub;
    const { random } = host;
    const chance = new Random(this.options.seed ^ 0x51ed270b);
    host.random = () => chance.next();
    const countNamesOn = countNamesAnew();
    const { last } = ids;
    ids.last = 0;
    hub.handleError = (_, error) => {
      this.failure ??= { error };
    };
    try {
      const main = makeGreenlet(this.scenario, [new Random(this.options.seed)]);
      main.name = 'scenario';
      main.taken = true;
      this.main = main;
      main.start();
      yield* this.runUntilEnd(main);
      this.noteStep();
      if (main.exception !== null) this.failure = { error: main.exception };
      this.cleanUp();
      return this.failure;
    } finally {
      // A run that was given up while it waits outside leaves nothing behind either.
      if (!this.over) this.cleanUp();
      hub.useClock(clock);
      hub.handleError = handleError;
      host.random = random;
      ids.last = Math.max(last, ids.last);
      countNamesOn();
      giveBack();
    }
  }

  get isEmpty(): boolean {
    return this.ready.length === 0;
  }

  mark(): number {
    return this.pushed;
  }

  hasPassed(mark: number): boolean {
    return this.ready.every(({ number }) => number >= mark);
  }

  push(greenlet: RawGreenlet): void {
    this.ready.push({ greenlet, number: this.pushed });
    this.pushed += 1;
  }

  pushNew(greenlet: RawGreenlet): void {
    this.push(greenlet);
  }

  /** Nothing is chained here. */
  endChain(): void {}

  unchain(): (mark: number) => number {
    return (mark) => mark;
  }

  /** The hub asks who is to go on. */
  shift(): RawGreenlet | undefined {
    this.noteStep();
    // While something outside is waited for, how often this is asked depends on how long that takes.
    if (!this.over && (this.ready.length > 0 || external.waits === 0)) {
      this.steps += 1;
      if (this.steps > this.options.maxSteps) return undefined;
      this.happenOddly();
    }
    const { ready } = this;
    while (ready.length > 0) {
      const [next] = ready.splice(this.over ? 0 : this.decisions.among(ready.length), 1);
      const greenlet = next?.greenlet as RawGreenlet;
      // Anything else was killed, or started by an explicit switch, after it was queued.
      if (!isQueued(greenlet.state) && greenlet.state !== UNSTARTED) continue;
      this.running = greenlet;
      return greenlet;
    }
    return undefined;
  }

  now(): number {
    return this.time;
  }

  /** Time passes when the schedule says so, and nothing need be armed. */
  arm(): void {}

  disarm(): void {}

  private *runUntilEnd(main: Greenlet): Generator<Promise<void>, void, void> {
    while (this.failure === null) {
      hub.drain();
      hub.turn();
      if (this.steps > this.options.maxSteps) {
        this.failure = { error: new Error(`the scenario has not ended after ${this.options.maxSteps} steps`) };
        return;
      }
      if (this.ready.length > 0 || hub.hasIdlers) continue;
      if (main.ready()) return;
      if (external.waits > 0) {
        yield* this.waitOutside();
        if (this.ready.length > 0) continue;
      }
      if (this.passTime() || releaseIdleWaits()) continue;
      this.failure = { error: new LoopExit(explain(this.left().filter((greenlet) => isBlocked(greenlet)))) };
    }
  }

  /**
   * Lets the event loop turn, for promises that are settled already, and on as long as something is under way in it that
   * may settle others: for ever, if nothing else is left, else for a while.
   */
  private *waitOutside(): Generator<Promise<void>, void, void> {
    const began = host.now();
    do {
      yield new Promise<void>((resolve) => host.nextTurn(resolve));
      if (hub.timers.size > 0 && host.now() - began > PATIENCE) return;
    } while (this.ready.length === 0 && external.waits > 0 && this.activity.hasGrown());
  }

  /** Time jumps to the next deadline; false when there is none. */
  private passTime(): boolean {
    const nearest = hub.timers.nearest();
    if (nearest === Infinity) return false;
    this.time = Math.max(this.time, nearest);
    this.note(() => `time passes: ${this.time} ms`);
    hub.timers.fireNext();
    return true;
  }

  private happenOddly(): void {
    const { kill } = this.options;
    const odd = this.decisions.oddly(kill === false ? 1 : 2, ODD);
    if (odd === 1) this.passTime();
    else if (odd === 2 && this.kills < MOST_KILLS) this.killSomebody();
  }

  private killSomebody(): void {
    const victims = this.victims();
    if (victims.length === 0) return;
    const victim = victims[this.decisions.among(victims.length)] as Greenlet;
    this.kills += 1;
    this.note(() => `${victim.name} is killed${whereIs(victim)}`);
    victim.kill({ reason: new GreenletExit('killed by explore()') });
  }

  *[Symbol.iterator](): Generator<RawGreenlet, void, unknown> {
    for (const { greenlet } of this.ready) yield greenlet;
  }

  /** Those that may be killed, be they ready, blocked, or not started yet. */
  private victims(): Greenlet[] {
    const { kill } = this.options;
    const unstarted = this.ready.map(({ greenlet }) => greenlet).filter(({ state }) => state === UNSTARTED);
    return [...unstarted, ...this.left().filter(({ state }) => state !== UNSTARTED)].filter(
      (greenlet): greenlet is Greenlet =>
        greenlet instanceof Greenlet &&
        greenlet !== this.main &&
        !isHelper(greenlet) &&
        (typeof kill === 'function' ? kill(greenlet) : kill),
    );
  }

  /** What this run has made and has not ended. */
  private left(): RawGreenlet[] {
    return [...hub.living()].filter((greenlet) => !this.before.has(greenlet));
  }

  /** Ends what is left. An error of that counts: it was there all the time. */
  private cleanUp(): void {
    this.over = true;
    for (let rounds = 0; rounds < 1_000; rounds += 1) {
      for (const greenlet of this.left()) if (greenlet instanceof Greenlet) greenlet.kill();
      hub.drain();
      hub.turn();
      if (
        !this.passTime() &&
        this.ready.length === 0 &&
        !this.left().some((greenlet) => greenlet instanceof Greenlet)
      ) {
        return;
      }
    }
    this.failure ??= {
      error: new Error(`what is left of the scenario cannot be ended: ${this.left().map((greenlet) => greenlet.name)}`),
    };
  }

  /** Writes down what has become of the greenlet that ran last. */
  private noteStep(): void {
    const { running } = this;
    this.running = null;
    if (running !== null) this.note(() => `${running.name} goes on${whereIs(running)}`);
  }

  private note(line: () => string): void {
    if (this.options.traced && !this.over) this.trace.push(line());
  }
}

function isBlocked(greenlet: RawGreenlet): boolean {
  return greenlet.state === PARKED;
}

/** Where a greenlet stands, for the trace. */
function whereIs(greenlet: RawGreenlet): string {
  const { state, waiting } = greenlet;
  if (state === PARKED && waiting !== null) return `, waiting for ${waiting.describe()}`;
  if (isQueued(state)) return ', ready again';
  if (state === UNSTARTED) return ', not started yet';
  if (state !== DEAD) return '';
  const exception = greenlet instanceof Greenlet ? greenlet.exception : null;
  return exception === null ? ', and has ended' : `, and has ended with ${String(exception)}`;
}
