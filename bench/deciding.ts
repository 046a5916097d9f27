/**
 * `npm run bench deciding [-- name …]`: the cost of deciding a combinator, for each branch, with n branches and with 8 n. The
 * last column is the ratio of the two figures; it stays near 1 if deciding costs O(n). The branches end one by one in the given
 * order, one by one in reverse, one by one at rest, or all in the same step. Each waits for its own event; in the rows "of gets", for an item of
 * its own queue, or of one queue. Only one branch may take an item at a time.
 */
import {
  all,
  allSettled,
  any,
  type Coroutine,
  Event,
  forEach,
  type Greenlet,
  Group,
  iwait,
  joinall,
  killall,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  select,
  sleep,
  spawn,
  wait,
} from 'greenhub';
import { collectGarbage } from './row.ts';

const FEW = 4_000;
const MANY = 8 * FEW;
const ROUNDS = 3;

type Order = 'in order' | 'in reverse' | 'at rest' | 'at once';
const ORDERS: readonly Order[] = ['in order', 'in reverse', 'at rest', 'at once'];
/** How many steps pass between two ends; `at rest`, everything is blocked again by the next end. */
const STEPS: Record<Order, number> = { 'in order': 1, 'in reverse': 1, 'at rest': 8, 'at once': 0 };

type Branch = () => Coroutine<unknown>;

interface Decision {
  name: string;
  /** How each branch ends; the last branch decides. */
  fails?: boolean;
  /** The operation that the branches wait for. By default, each waits for its own event. */
  waits?: (count: number) => Awaited[];
  run(branches: readonly Branch[]): Operation<unknown>;
}

const spawned = (branches: readonly Branch[]): Greenlet[] => branches.map((branch) => spawn(branch));

function* inGroup(group: Group, branches: readonly Branch[]): Coroutine<void> {
  for (const branch of branches) group.spawn(branch);
  yield* group.join();
}

const decisions: Decision[] = [
  { name: 'all', run: (branches) => all(branches) },
  { name: 'allSettled', run: (branches) => allSettled(branches) },
  { name: 'any', fails: true, run: (branches) => any(branches) },
  { name: 'any of gets', fails: true, waits: itemsOfTheirOwn, run: (branches) => any(branches) },
  { name: 'any 1 queue', fails: true, waits: itemsOfOne, run: (branches) => any(branches) },
  { name: 'race', run: (branches) => race(branches) },
  { name: 'select', run: (branches) => select(Object.fromEntries(branches.map((branch, i) => [`case${i}`, branch]))) },
  { name: 'joinall', run: (branches) => joinall(spawned(branches)) },
  { name: 'wait', run: (branches) => wait(spawned(branches)) },
  { name: 'iwait', run: (branches) => forEach(iwait(spawned(branches)), () => {}) },
  {
    name: 'nursery',
    run: (branches) =>
      nursery(function* (n) {
        for (const branch of branches) n.spawn(branch);
      }),
  },
  { name: 'Group.join', run: (branches) => operationOf(inGroup(new Group(), branches)) },
  { name: 'Pool.join', run: (branches) => operationOf(inGroup(new Pool(branches.length), branches)) },
  { name: 'killall', run: (branches) => operationOf(killedAll(branches)) },
];

function* killedAll(branches: readonly Branch[]): Coroutine<void> {
  const greenlets = spawned(branches);
  yield* sleep(0);
  yield* killall(greenlets);
}

function operationOf<T>(coroutine: Coroutine<T>): Operation<T> {
  return spawn(() => coroutine);
}

export async function deciding(names: readonly string[], print: (line: string) => void): Promise<void> {
  const chosen = decisions.filter(({ name }) => names.length === 0 || names.includes(name.toLowerCase()));
  print(
    `${''.padEnd(12)}${'the ends'.padEnd(12)}${`each of ${FEW}`.padStart(16)}${`each of ${MANY}`.padStart(16)}${'ratio'.padStart(8)}`,
  );
  for (const decision of chosen) {
    for (const order of ORDERS) {
      const few = await best(decision, order, FEW);
      const many = await best(decision, order, MANY);
      const cells = [few, many].map((ns) => `${Math.round(ns).toLocaleString('en')} ns`.padStart(16)).join('');
      print(`${decision.name.padEnd(12)}${order.padEnd(12)}${cells}${(many / few).toFixed(2).padStart(8)}`);
    }
  }
}

/** The nanoseconds for each branch, in the best of several rounds. */
async function best(decision: Decision, order: Order, count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    collectGarbage();
    const began = performance.now();
    await spawn(() => decide(decision, order, count)).join();
    least = Math.min(least, ((performance.now() - began) * 1e6) / count);
  }
  return least;
}

function* decide(decision: Decision, order: Order, count: number): Coroutine<void> {
  const awaited = (decision.waits ?? events)(count);
  const branches = awaited.map(
    ({ wait: operation }) =>
      () =>
        ending(operation, decision.fails === true),
  );
  const ender = spawn(function* () {
    yield* sleep(0);
    yield* sleep(0);
    if (order === 'in reverse') awaited.reverse();
    for (const { happen } of awaited) {
      happen();
      for (let step = 0; step < STEPS[order]; step += 1) yield* sleep(0);
    }
  });
  try {
    yield* decision.run(branches);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
  } finally {
    ender.kill();
  }
}

interface Awaited {
  readonly wait: Operation<unknown>;
  readonly happen: () => void;
}

function events(count: number): Awaited[] {
  return Array.from({ length: count }, () => {
    const event = new Event();
    return { wait: event.wait(), happen: () => event.set() };
  });
}

function itemsOfTheirOwn(count: number): Awaited[] {
  return Array.from({ length: count }, () => itemOf(new Queue<number>()));
}

function itemsOfOne(count: number): Awaited[] {
  const queue = new Queue<number>();
  return Array.from({ length: count }, () => itemOf(queue));
}

function itemOf(queue: Queue<number>): Awaited {
  return { wait: queue.get(), happen: () => queue.putNowait(1) };
}

function* ending(wait: Operation<unknown>, fails: boolean): Coroutine<void> {
  yield* wait;
  if (fails) throw FAILURE;
}

/** One error for all branches: separate errors would take most of the measured time. */
const FAILURE = new Error('of a branch');
