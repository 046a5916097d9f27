/** The programs of `scaling.ts` without greenhub, as far as an equivalent exists. */
import { AsyncChannel, AsyncQueue, AsyncSemaphore } from './plain-tools.ts';
import { nanosecondsEach, type Programs, since } from './program.ts';
import { again, ROUNDS } from './scaling-rounds.ts';

/** Generators, resumed in turns. */
export const bare: Programs = {
  switch: (n) => again(n, resumeInTurns),
  yield: (n) => again(n, resumeInTurns),
  spawn: (n) => again(n, createAndEnd),
};

function resumeInTurns(n: number): Promise<number> {
  const generators: Generator<number, never, number>[] = [];
  for (let i = 0; i < n; i += 1) generators.push(counter());
  for (const generator of generators) generator.next(0);
  return nanosecondsEach(n * ROUNDS, () => {
    for (let round = 0; round < ROUNDS; round += 1) for (const generator of generators) generator.next(round);
  });
}

function* counter(): Generator<number, never, number> {
  let count = 0;
  for (;;) count += yield count;
}

function createAndEnd(n: number): number {
  const started = performance.now();
  const generators: Generator<never, number, unknown>[] = [];
  for (let i = 0; i < n; i += 1) generators.push(trivial(i));
  let sum = 0;
  for (const generator of generators) sum += generator.next().value;
  if (sum < 0) throw new Error('the work went wrong');
  return since(started, n);
}

function* trivial(x: number): Generator<never, number, unknown> {
  return x;
}

export const promises: Programs = {
  yield: (n) => again(n, () => inAll(n, yielding)),
  spawn: (n) => again(n, callAndAwait),
  channel: (n) => again(n, () => inPairs(n, () => new AsyncChannel<number>())),
  queue1: (n) => again(n, () => inPairs(n, () => new AsyncQueue<number>(1))),
  event: (n) => again(n, wakeAll),
  semaphore: (n) => again(n, () => inAll(n, hold, new AsyncSemaphore(10))),
  timers: (n) => again(n, setAndClear),
};

/** Creates `n` tasks, then measures them from the moment when all are released. */
function inAll<A extends unknown[]>(n: number, body: (...args: A) => Promise<void>, ...args: A): Promise<number> {
  const gate = new Gate();
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(after(gate, body, args));
  return letGo(gate, tasks, n);
}

class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

async function letGo(gate: Gate, tasks: Promise<void>[], n: number): Promise<number> {
  await null;
  const started = performance.now();
  gate.open();
  await Promise.all(tasks);
  return since(started, n * ROUNDS);
}

async function after<A extends unknown[]>(gate: Gate, body: (...args: A) => Promise<void>, args: A): Promise<void> {
  await gate.opened;
  await body(...args);
}

async function yielding(): Promise<void> {
  for (let i = 0; i < ROUNDS; i += 1) await null;
}

async function callAndAwait(n: number): Promise<number> {
  const started = performance.now();
  const tasks: Promise<number>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(trivialAsync(i));
  await Promise.all(tasks);
  return since(started, n);
}

async function trivialAsync(x: number): Promise<number> {
  return x;
}

type Pipe = AsyncChannel<number> | AsyncQueue<number>;

function inPairs(n: number, make: () => Pipe): Promise<number> {
  const pairs = n / 2;
  const gate = new Gate();
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < pairs; i += 1) {
    const pipe = make();
    tasks.push(after(gate, take, [pipe]), after(gate, give, [pipe]));
  }
  return letGo(gate, tasks, pairs);
}

async function give(pipe: Pipe): Promise<void> {
  for (let i = 0; i < ROUNDS; i += 1) await pipe.put(i);
}

async function take(pipe: Pipe): Promise<void> {
  for (let i = 0; i < ROUNDS; i += 1) await pipe.get();
}

async function wakeAll(n: number): Promise<number> {
  const gate = new Gate();
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(waitFor(gate));
  await null;
  const started = performance.now();
  gate.open();
  await Promise.all(tasks);
  return since(started, n);
}

async function waitFor(gate: Gate): Promise<void> {
  await gate.opened;
}

async function hold(semaphore: AsyncSemaphore): Promise<void> {
  for (let i = 0; i < ROUNDS; i += 1) {
    await semaphore.acquire();
    await null;
    semaphore.release();
  }
}

function setAndClear(n: number): number {
  const timers: NodeJS.Timeout[] = [];
  const started = performance.now();
  for (let i = 0; i < n; i += 1) timers.push(setTimeout(() => undefined, 60_000 + (i % 1_000)));
  for (const timer of timers) clearTimeout(timer);
  return since(started, n);
}
