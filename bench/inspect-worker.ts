/**
 * Measures one tool of greenhub/inspect for `inspect.ts`, in a process of its own: `inspect-worker.ts <tool> <rounds>`. Short samples
 * with and without the tool take turns. The fastest of each counts, because a busy machine makes samples slower.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Coroutine, getcurrent, greenlet, Queue, type RawGreenlet, run, sleep, spawn } from 'greenhub';
import { channels, record, stats, stopStats, watchBlocking } from 'greenhub/inspect';

/** The cost of an operation in nanoseconds, by its name. */
export type Costs = Record<string, { off: number; on: number }>;

/** Each turns a tool on, and returns a function that turns it off. */
const tools: Record<string, () => () => void> = {
  record() {
    const recording = record();
    return () => recording[Symbol.dispose]();
  },
  stats() {
    stats();
    return stopStats;
  },
  watchBlocking() {
    const watching = watchBlocking();
    return () => watching[Symbol.dispose]();
  },
  'spawn channel'() {
    const listener = (): void => {};
    channels.spawn.subscribe(listener);
    return () => channels.spawn.unsubscribe(listener);
  },
};

/** Each does this many operations. */
const OPERATIONS = 20_000;

const operations: Record<string, () => unknown> = {
  'sleep(0)': () => Promise.all([spawn(sleepOften), spawn(sleepOften)]),
  'explicit switch': switchOften,
  'an item through a Queue(1)': () => Promise.all([spawn(putAll, queue), spawn(getAll, queue)]),
  'spawn and join': () => run(spawnOften),
};

const queue = new Queue<number>(1);

function* sleepOften(): Coroutine<void> {
  for (let i = 0; i < OPERATIONS / 2; i += 1) yield* sleep(0);
}

function switchOften(): void {
  const main = getcurrent();
  const one: RawGreenlet = greenlet(function* () {
    for (let i = 0; i < OPERATIONS / 2; i += 1) yield* other.switch();
    yield* main.switch();
  });
  const other: RawGreenlet = greenlet(function* () {
    for (;;) yield* one.switch();
  });
  one.switch();
}

function* putAll(items: Queue<number>): Coroutine<void> {
  for (let i = 0; i < OPERATIONS; i += 1) yield* items.put(i);
}

function* getAll(items: Queue<number>): Coroutine<void> {
  for (let i = 0; i < OPERATIONS; i += 1) yield* items.get();
}

function* spawnOften(): Coroutine<void> {
  for (let i = 0; i < OPERATIONS; i += 1) yield* spawn(nothing);
}

function* nothing(): Coroutine<void> {}

const [tool = '', rounds = '60'] = process.argv.slice(2);
const turnOn = tools[tool];
if (turnOn === undefined) throw new Error(`there is no tool "${tool}"`);

const costs: Costs = {};
for (const [name, operation] of Object.entries(operations)) {
  const cost = { off: Infinity, on: Infinity };
  for (let round = 0; round < Number(rounds); round += 1) {
    cost.off = Math.min(cost.off, await sample(operation));
    const turnOff = turnOn();
    cost.on = Math.min(cost.on, await sample(operation));
    turnOff();
    await turn();
  }
  costs[name] = cost;
}
console.log(JSON.stringify(costs));
process.exit();

async function sample(operation: () => unknown): Promise<number> {
  const begun = performance.now();
  await operation();
  return ((performance.now() - begun) * 1e6) / OPERATIONS;
}
