import { GreenletError, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { host } from '../hub/loop/host.ts';
import { Decisions } from './decisions.ts';
import { Random } from './random.ts';
import { type Kill, type Scenario, Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';

export interface ExploreOptions {
  /** The schedules to run, by their seeds. */
  seeds?: Iterable<number>;
  /** Or how many: their seeds follow on `GREENHUB_SEED` of the environment, or on a random one; 1,000 unless given. */
  runs?: number;
  /**
   * Whether, besides, greenlets that the scenario spawned are killed wherever they happen to be, a few in each run; or
   * which of them may be.
   */
  kill?: Kill;
  /** How many times greenlets may be resumed in a run before it is taken to have no end; 100,000 unless given. */
  maxSteps?: number;
}

const EXPLORE_OPTIONS: OptionNames<ExploreOptions> = {
  seeds: 'object',
  runs: 'number',
  kill: 'any',
  maxSteps: 'number',
};

export interface Exploration {
  /** How many schedules were run. */
  readonly runs: number;
  /** The first seed. */
  readonly seed: number;
}

/** A scenario has failed under a schedule. `cause` is what it failed with. */
export class ScheduleError extends Error {
  override name = 'ScheduleError';
  /** The seed that replays it. */
  readonly seed: number;
  /** What happened, step by step, in the plainest schedule found that fails. */
  readonly trace: readonly string[];

  constructor(message: string, seed: number, trace: readonly string[], cause: unknown) {
    super(message, { cause });
    this.seed = seed;
    this.trace = trace;
  }
}

/** The last steps of a trace are what a message shows. */
const SHOWN_STEPS = 60;
/** For so many milliseconds schedules are run before the event loop gets its turn. */
const SLICE = 50;

/**
 * Runs a scenario under many schedules, to find what goes wrong in one of a thousand. A schedule decides, at each step,
 * which of the greenlets that are ready goes on, whether time jumps to the next deadline although some are ready (so that
 * every timeout may come at every point), and, where asked, whether one is killed. All of it follows from the seed.
 *
 * A schedule fails when the scenario throws, when a greenlet fails and nobody takes its error, when nothing can go on
 * (LoopExit), and when there is no end. The first one that does is made plainer where that can be done, and reported with
 * its steps.
 *
 * @param scenario usually a generator function; it gets a `Random`, for choices of its own. Time starts at 0 in each run;
 *   greenlets that it leaves are killed at its end. It must not depend on the order of ready greenlets, which is what is
 *   explored, nor on anything else that differs from run to run
 * @param options `seeds` or `runs`, `kill`, `maxSteps`
 * @returns a promise for how many schedules were run, from which seed on
 * @throws (as a rejection) ScheduleError for the first schedule that fails; GreenletError inside a greenlet, and when the
 *   hub is busy with something else
 *
 * @example
 * await explore(function* (random) {
 *   const queue = new Queue<number>(1);
 *   const producer = spawn(function* () { for (let item = 0; item < 3; item += 1) yield* queue.put(item); });
 *   const got = [yield* queue.get(), yield* queue.get(), yield* queue.get()];
 *   assert.equal(got, [0, 1, 2]);
 * }, { runs: 10_000 });
 */
export async function explore(scenario: Scenario, options: ExploreOptions = {}): Promise<Exploration> {
  checkedFunction(scenario, 'explore()');
  checkedOptions(options, EXPLORE_OPTIONS, 'explore()');
  const { kill = false, maxSteps = 100_000 } = options;
  if (kernel.current !== kernel.main) {
    throw new GreenletError('explore() drives all greenlets and cannot run in one: await it in plain code');
  }
  const seeds = seedsOf(options);
  const run = (decisions: Decisions, seed: number, traced: boolean): Schedule =>
    new Schedule(scenario, decisions, { seed, kill, maxSteps, traced });
  let sliceEnd = host.now() + SLICE;
  for (const [done, seed] of seeds.entries()) {
    const decisions = new Decisions(new Random(seed ^ 0x9e3779b9));
    const outcome = toEnd(run(decisions, seed, false).run());
    const failure = outcome instanceof Promise ? await outcome : outcome;
    if (failure !== null) {
      const which = `${done + 1} of ${seeds.length}`;
      // What waits for the event loop takes another course each time, and is reported as it was.
      const plainest =
        outcome instanceof Promise ? decisions.made : plainestOf(decisions.made, failure.error, seed, run);
      throw await report(failure.error, seed, which, decisions.made, plainest, run);
    }
    if (host.now() >= sliceEnd) {
      await new Promise<void>((resolve) => host.nextTurn(resolve));
      sliceEnd = host.now() + SLICE;
    }
  }
  return { runs: seeds.length, seed: seeds[0] ?? 0 };
}

type Run = (decisions: Decisions, seed: number, traced: boolean) => Schedule;

/** Runs a schedule to its end, in one go where it awaits nothing outside. */
function toEnd<R>(steps: Generator<Promise<void>, R, void>): R | Promise<R> {
  const first = steps.next();
  return first.done === true ? first.value : toEndAwaiting(steps, first.value);
}

async function toEndAwaiting<R>(steps: Generator<Promise<void>, R, void>, awaited: Promise<void>): Promise<R> {
  await awaited;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await step.value;
  }
}

/** The plainest decisions found that fail in the same way. */
function plainestOf(made: readonly number[], error: unknown, seed: number, run: Run): readonly number[] {
  const kind = kindOf(error);
  return shrink(made, (script) => {
    const steps = run(new Decisions(script), seed, false).run();
    const step = steps.next();
    if (step.done === true) return step.value !== null && kindOf(step.value.error) === kind;
    // This run waits outside, unlike the failing one: give it up.
    steps.return(null);
    return false;
  });
}

async function report(
  error: unknown,
  seed: number,
  which: string,
  made: readonly number[],
  plainest: readonly number[],
  run: Run,
): Promise<Error> {
  const last = run(new Decisions(plainest), seed, true);
  const failure = await toEnd(last.run());
  const cause = failure?.error ?? error;
  const shown = last.trace.slice(-SHOWN_STEPS);
  const left = last.trace.length - shown.length;
  const odd = oddities(plainest);
  const lines = [
    `the schedule of seed ${seed} (${which}) failed: ${describe(cause)}`,
    `replay it with explore(scenario, { …, seeds: [${seed}] }), all other options as they are`,
    `its steps, of which ${odd} are out of the ordinary (${oddities(made)} before it was made plainer):`,
    ...(left > 0 ? [`  … ${left} steps before these`] : []),
    ...shown.map((step, index) => `  ${left + index + 1}. ${step}`),
  ];
  return new ScheduleError(lines.join('\n'), seed, last.trace, cause);
}

/** Failures of one kind are taken to come from one bug: those of the same class that begin alike. */
function kindOf(error: unknown): string {
  return isA(error, Error) ? `${error.name}: ${error.message.replaceAll(/\d+/g, '#').slice(0, 40)}` : String(error);
}

function oddities(decisions: readonly number[]): number {
  return decisions.filter((choice) => choice !== 0).length;
}

function describe(error: unknown): string {
  return isA(error, Error) ? `${error.name}: ${error.message}` : String(error);
}

function seedsOf({ seeds, runs = 1_000 }: ExploreOptions): number[] {
  if (seeds !== undefined) {
    const list = [...seeds];
    if (list.length === 0) throw new RangeError('explore() of no seeds would show nothing: give it at least one');
    for (const seed of list) {
      if (!Number.isInteger(seed)) throw new RangeError(`explore(): a seed is a whole number, not ${seed}`);
    }
    return list;
  }
  if (!(Number.isInteger(runs) && runs >= 1)) {
    throw new RangeError(`explore(): runs is a whole number from 1 on, not ${runs}`);
  }
  const given = host.env('GREENHUB_SEED');
  const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(first)) throw new RangeError(`GREENHUB_SEED is a whole number, not ${given}`);
  return Array.from({ length: runs }, (_, index) => first + index);
}
