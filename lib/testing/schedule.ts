/**
 * One run of a scenario under one schedule. This file drives the hub synchronously, without the event loop, so that
 * only the decisions determine what happens:
 *
 *     drain ─▶ for each step: perhaps a kill, perhaps time passes, then one ready greenlet runs
 *       ▲        │ no greenlet is ready
 *       │        ▼
 *       └── a turn; then waits outside; then the next deadline; otherwise a deadlock
 */
import { GreenletError, GreenletExit } from '../greenlet/errors.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { DEAD, isQueued, PARKED, UNSTARTED } from '../greenlet/state.ts';
import { LoopExit } from '../hub/loop/errors.ts';
import { external } from '../hub/loop/external-waits.ts';
import { host } from '../hub/loop/host.ts';
import { hub, lendHub } from '../hub/loop/hub.ts';
import type { ReadyQueue } from '../hub/loop/run-queue.ts';
import type { Clock } from '../hub/loop/timers.ts';
import { explain, releaseIdleWaits } from '../hub/reports/deadlock.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { counts } from '../hub/tasks/greenlet-counts.ts';
import { isHelper } from '../hub/tasks/helper.ts';
import { countNamesAnew } from '../sync/named.ts';
import type { Decisions } from './decisions.ts';
import { HostActivity } from './host-activity.ts';
import { Random } from './random.ts';
import { dropClock, useClock } from './use-clock.ts';

/** A function to run under many schedules. Its `Random` follows from the seed as well. */
export type Scenario = (random: Random) => unknown;

/** Whether greenlets are killed, or a function that says which greenlets may be killed. */
export type Kill = boolean | ((greenlet: Greenlet) => boolean);

export interface ScheduleOptions {
  readonly seed: number;
  readonly kill: Kill;
  /** How many times the run may resume greenlets before it fails as endless. */
  readonly maxSteps: number;
  /** Whether to record a trace. */
  readonly traced: boolean;
}

/** The probability of an unusual event at each step. */
const ODD = 0.08;
const MOST_KILLS = 4;
/** How many milliseconds of real time virtual time stands still while greenlets wait for activity outside. */
const PATIENCE = 1_000;

export class Schedule implements ReadyQueue, Clock {
  /** What happened, one line for each step. */
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

  /** Runs the schedule. Returns null if it succeeds, otherwise its failure. Each yielded promise is a wait outside. */
  *run(): Generator<Promise<void>, { readonly error: unknown } | null, void> {
    if (hub.timers.size > 0)
      throw new GreenletError('explore() cannot start while timers are running: let them end first');
    const giveBack = lendHub(this);
    useClock(this);
    const { handleError } = hub;
    const { random } = host;
    const chance = new Random(this.options.seed ^ 0x51ed270b);
    host.random = () => chance.next();
    const countNamesOn = countNamesAnew();
    const { created } = counts;
    counts.created = 0;
    hub.handleError = (_, error) => {
      this.failure ??= { error };
    };
    try {
      const main = new Greenlet(this.scenario, new Random(this.options.seed));
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
      // A run that was given up during a wait outside must not leave anything behind either.
      if (!this.over) this.cleanUp();
      dropClock(this, Infinity);
      hub.handleError = handleError;
      host.random = random;
      counts.created = Math.max(created, counts.created);
      countNamesOn();
      giveBack();
    }
  }

  get isEmpty(): boolean {
    return this.ready.length === 0;
  }

  get taken(): number {
    return this.pushed - this.ready.length;
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

  /** Does nothing: this queue has no chains. */
  endChain(): void {}

  unchain(): (mark: number) => number {
    return (mark) => mark;
  }

  /** Returns the greenlet that the hub runs next. */
  shift(): RawGreenlet | undefined {
    this.noteStep();
    // Do not count steps during a wait outside: their number depends on how long the wait takes.
    if (!this.over && (this.ready.length > 0 || external.waits === 0)) {
      this.steps += 1;
      if (this.steps > this.options.maxSteps) return undefined;
      this.happenOddly();
    }
    const { ready } = this;
    while (ready.length > 0) {
      const [next] = ready.splice(this.over ? 0 : this.decisions.among(ready.length), 1);
      const greenlet = next?.greenlet as RawGreenlet;
      // Skip a greenlet that was killed, or started by an explicit switch, after it was queued.
      if (!greenlet.isQueued && greenlet.state !== UNSTARTED) continue;
      this.running = greenlet;
      return greenlet;
    }
    return undefined;
  }

  now(): number {
    return this.time;
  }

  /** Does nothing: the schedule decides when time passes. */
  arm(): void {}

  disarm(): void {}

  private *runUntilEnd(main: Greenlet): Generator<Promise<void>, void, void> {
    while (this.failure === null) {
      hub.drain();
      hub.turn();
      if (this.steps > this.options.maxSteps) {
        this.failure = { error: new Error(`the scenario did not end within ${this.options.maxSteps} steps`) };
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
   * Lets the event loop turn once, for promises that are already settled, and again while it has activity that may
   * settle others. If timers are left, it stops after `PATIENCE`; otherwise there is no limit.
   */
  private *waitOutside(): Generator<Promise<void>, void, void> {
    const began = host.now();
    do {
      yield new Promise<void>((resolve) => host.nextTurn(resolve));
      if (hub.timers.size > 0 && host.now() - began > PATIENCE) return;
    } while (this.ready.length === 0 && external.waits > 0 && this.activity.hasGrown());
  }

  /** Moves time to the next deadline. Returns false if there is none. */
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

  /** The greenlets that may be killed: ready, blocked, or not started yet. */
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

  /** The greenlets of this run that have not ended. */
  private left(): RawGreenlet[] {
    return [...hub.living()].filter((greenlet) => !this.before.has(greenlet));
  }

  /** Ends the greenlets that are left. An error in their cleanup counts as a failure. */
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
      error: new Error(`these greenlets of the scenario do not end: ${this.left().map((greenlet) => greenlet.name)}`),
    };
  }

  /** Records where the greenlet that ran last stands now. */
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

/** Describes where a greenlet stands, for the trace. */
function whereIs(greenlet: RawGreenlet): string {
  const { state, waiting } = greenlet;
  if (state === PARKED && waiting !== null) return `, waiting for ${waiting.describe()}`;
  if (isQueued(state)) return ', ready again';
  if (state === UNSTARTED) return ', not started yet';
  if (state !== DEAD) return '';
  const exception = greenlet instanceof Greenlet ? greenlet.exception : null;
  return exception === null ? ', and has ended' : `, and has ended with ${String(exception)}`;
}
