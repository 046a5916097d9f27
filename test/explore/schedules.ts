/**
 * Scenarios under many schedules. Each schedule draws at random which greenlet runs, when time passes and which
 * greenlet is killed. A failure names its seed. If GREENHUB_SEED is set to that seed, its schedule comes first.
 */
import { type Coroutine, type Greenlet, GreenletExit, getcurrent, getHub, joinall, sleep } from '../../lib/index.ts';
import { explore, type Kill, type Random } from '../../lib/testing/index.ts';
import { depth } from '../support/random.ts';

/** How many schedules each scenario is run under at full depth. */
const counts = {
  'each kind of queue': 3_000,
  'a queue that is shut down': 3_000,
  'nobody waits in vain': 2_000,
  'a queue in line': 4_000,
  'an item that is only looked at': 3_000,
  'tasks of a JoinableQueue': 4_000,
  'each kind of lock': 3_000,
  'a recursive RLock': 3_000,
  'locks in one order': 3_000,
  'each kind of semaphore': 3_000,
  'a buffer of a Condition': 5_000,
  'notifications of a Condition': 4_000,
  'an Event': 4_000,
  'an AsyncResult': 4_000,
  'a Barrier': 3_000,
  'the end of greenlets': 4_000,
  'a shield': 4_000,
  'nested timeouts': 4_000,
  'a Timeout object': 3_000,
  'a pool at its size': 4_000,
  'apply() in a pool': 3_000,
  'a group that is killed': 3_000,
  'imap()': 3_000,
  'imapUnordered()': 3_000,
  'map() that fails': 3_000,
  'a mapping that is left': 3_000,
  'a race for one item': 3_000,
  'a select over several things': 4_000,
  'any of several failures': 3_000,
  'all at once': 3_000,
  'a nursery': 4_000,
  'a nursery with a failure': 4_000,
  'a child that starts': 3_000,
  'retries at a limited rate': 3_000,
  'a random program': 50_000,
} as const;

const given = process.env.GREENHUB_SEED;
const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
let total = 0;
let spent = 0;

process.once('exit', () => {
  const seconds = (spent / 1_000).toFixed(0);
  console.log(`explore: ${total.toLocaleString('en')} schedules in ${seconds} s from GREENHUB_SEED=${first} on`);
});

/** Runs a scenario under its number of schedules. At its end, none of its greenlets and timers may be left. */
export async function exploreMany(
  name: keyof typeof counts,
  scenario: (random: Random) => Coroutine<void>,
  kill: Kill = true,
): Promise<void> {
  const hub = getHub();
  const before = new Set(hub.living());
  const seeds = Array.from({ length: Math.ceil(counts[name] * depth) }, (_, index) => first + index);
  const began = performance.now();
  try {
    await explore(
      function* (random) {
        yield* scenario(random);
        const others = () => [...hub.living()].filter((greenlet) => !before.has(greenlet) && greenlet !== getcurrent());
        // The greenlets that were killed last end by then.
        for (let rounds = 0; rounds < 100 && others().length > 0; rounds += 1) yield* sleep(0);
        const left = others();
        if (left.length > 0) throw new Error(`left over: ${left.map((greenlet) => greenlet.name).join(', ')}`);
        if (hub.timers.size > 0) throw new Error(`left over: ${hub.timers.size} timers`);
      },
      { seeds, kill, maxSteps: 10_000 },
    );
  } finally {
    total += seeds.length;
    spent += performance.now() - began;
  }
}

/** Waits until all have ended. A failure of a greenlet that was not killed fails the schedule. */
export function* allEnded(workers: Iterable<Greenlet>): Coroutine<void> {
  const list = [...workers];
  yield* joinall(list);
  for (const { exception } of list) if (exception !== null && !(exception instanceof GreenletExit)) throw exception;
}
