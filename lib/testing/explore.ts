import { GreenletError, isA } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import { checkedFunction } from '../hub/checks/checks.ts';
import { isIterable, kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { host } from '../hub/loop/host.ts';
import { env } from '../hub/loop/host-process.ts';
import { Decisions } from './decisions.ts';
import { ScheduleError } from './errors.ts';
import { Random } from './random.ts';
import { type Kill, type Scenario, Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';

export interface ExploreOptions {
  /** The seeds of the schedules to run. */
  seeds?: Iterable<number> | undefined;
  /**
   * How many schedules to run if there are no `seeds`; 1,000 by default. The first seed is the environment variable
   * `GREENHUB_SEED`, or a random number.
   */
  runs?: number | undefined;
  /**
   * Whether to kill a few greenlets of the scenario in each run, wherever they happen to be; or a function that says
   * which greenlets may be killed.
   */
  kill?: Kill | undefined;
  /** How many times a run may resume greenlets before it fails as endless; 100,000 by default. */
  maxSteps?: number | undefined;
}

const EXPLORE_OPTIONS: OptionNames<ExploreOptions> = {
  seeds: 'object',
  runs: 'number',
  kill: 'any',
  maxSteps: 'number',
};

export interface Exploration {
  /** How many schedules ran. */
  readonly runs: number;
  /** The first seed. */
  readonly seed: number;
}

/** How many steps, the last of the trace, a message shows. */
const SHOWN_STEPS = 60;
/** How many milliseconds of schedules run before the event loop gets a turn. */
const SLICE = 50;

/**
 * Runs a scenario under many schedules to find bugs that only one schedule in a thousand shows. At each step a schedule
 * decides which ready greenlet runs next, whether time jumps to the next deadline although greenlets are ready (so
 * every timeout may come at every point), and, with `kill`, whether a greenlet is killed. The seed determines all of
 * this.
 *
 * A schedule fails if the scenario throws, if a greenlet fails and no one takes its error, if nothing can continue
 * (LoopExit), or if it does not end. `explore()` simplifies the first failing schedule where it can, and reports its
 * steps.
 *
 * @param scenario usually a generator function; its argument is a `Random` for choices of its own. Time starts at 0 in
 *   each run, and greenlets that are left at the end are killed. A scenario must not depend on anything that differs
 *   between runs except the order of ready greenlets, which must not change its result
 * @param options `seeds` or `runs`, `kill`, `maxSteps`
 * @returns a promise for the number of schedules and the first seed
 * @throws (as a rejection) ScheduleError for the first schedule that fails; GreenletError if called inside a greenlet
 *   or while the hub is busy
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
    throw new GreenletError(
      'explore() drives all greenlets and cannot run inside one: await it in code outside greenlets',
    );
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
      // A run that waits for the event loop differs each time, so it is reported without simplifying.
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

/** Runs a schedule to its end, synchronously if it awaits nothing outside. */
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

/** Returns the simplest decisions found that fail in the same way. */
function plainestOf(made: readonly number[], error: unknown, seed: number, run: Run): readonly number[] {
  const kind = kindOfFailure(error);
  return shrink(made, (script) => {
    const steps = run(new Decisions(script), seed, false).run();
    const step = steps.next();
    if (step.done === true) return step.value !== null && kindOfFailure(step.value.error) === kind;
    // Unlike the failing run, this one waits for something outside: give it up.
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
    `replay it with explore(scenario, { …, seeds: [${seed}] }) and the same other options`,
    `its steps (${odd} unusual, ${oddities(made)} before it was simplified):`,
    ...(left > 0 ? [`  … ${left} earlier steps`] : []),
    ...shown.map((step, index) => `  ${left + index + 1}. ${step}`),
  ];
  return new ScheduleError(lines.join('\n'), seed, last.trace, cause);
}

/** The kind of a failure: its class and how its message begins. Failures of one kind are taken to be one bug. */
function kindOfFailure(error: unknown): string {
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
    if (!isIterable(seeds)) throw new TypeError(`explore(): seeds must be a list of numbers, not ${kindOf(seeds)}`);
    const list = [...seeds];
    if (list.length === 0) throw new RangeError('explore() got no seeds: pass at least one');
    for (const seed of list) {
      if (!Number.isInteger(seed))
        throw new RangeError(`explore(): a seed must be a whole number, not ${kindOf(seed)}`);
    }
    return list;
  }
  if (!(Number.isInteger(runs) && runs >= 1)) {
    throw new RangeError(`explore(): runs must be a whole number, at least 1, not ${kindOf(runs)}`);
  }
  const given = env('GREENHUB_SEED');
  const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(first)) throw new RangeError(`GREENHUB_SEED must be a whole number, not ${given}`);
  return Array.from({ length: runs }, (_, index) => first + index);
}
