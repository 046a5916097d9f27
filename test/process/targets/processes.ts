/** Targets of the tests of `Process`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Coroutine, Event, shield, sleep, spawn } from 'greenhub';
import { currentProcess, isMainProcess, Process, parentProcess, registerError, remote } from 'greenhub/process';

export const square = remote(import.meta.url, 'square', function* (n: number) {
  yield* sleep(0);
  return n * n;
});

export const give = remote(import.meta.url, 'give', (...args: unknown[]) => args);

export const giveAsync = remote(import.meta.url, 'giveAsync', async (value: unknown) => value);

export const giveUncloneable = remote(import.meta.url, 'giveUncloneable', () => ({ callback: () => 1 }));

export class OutOfStock extends Error {
  override name = 'OutOfStock';
  readonly item: string;

  constructor(item: string) {
    super(`no ${item} left`, { cause: new RangeError('0 of 0') });
    this.item = item;
  }
}

registerError(OutOfStock);

export const fail = remote(import.meta.url, 'fail', function* failing(item: string): Coroutine<never> {
  yield* sleep(0);
  throw new OutOfStock(item);
});

export const throwThis = remote(import.meta.url, 'throwThis', (thrown: unknown): never => {
  throw thrown;
});

export const exit = remote(import.meta.url, 'exit', (code: number): number => process.exit(code));

export const endBySignal = remote(import.meta.url, 'endBySignal', function* (signal: NodeJS.Signals) {
  process.kill(process.pid, signal);
  yield* sleep(60_000);
});

export const spin = remote(import.meta.url, 'spin', (): number => {
  for (;;);
});

export const throwOutside = remote(import.meta.url, 'throwOutside', function* () {
  setImmediate(() => {
    throw new RangeError('outside of every greenlet');
  });
  yield* sleep(60_000);
});

export const useMuchMemory = remote(import.meta.url, 'useMuchMemory', (): number => {
  const all: unknown[] = [];
  for (;;) all.push(new Array(1_000).fill(Math.random()));
});

export const waitForNothing = remote(import.meta.url, 'waitForNothing', function* () {
  yield* new Event().wait();
});

/** Prints `started`, and `cleaned` at its end. */
export const sleepLong = remote(import.meta.url, 'sleepLong', function* (label: string) {
  try {
    console.log(`${label} started`);
    yield* sleep(60_000);
  } finally {
    yield* shield(() => sleep(1));
    console.log(`${label} cleaned`);
  }
});

export const catchItsKill = remote(import.meta.url, 'catchItsKill', function* () {
  try {
    console.log('started');
    yield* sleep(60_000);
  } catch {}
  return 'survived';
});

/** Leaves a greenlet, a timer and much output behind. */
export const leaveThings = remote(import.meta.url, 'leaveThings', function* (length: number) {
  setInterval(() => {}, 1_000);
  spawn(function* () {
    try {
      yield* sleep(60_000);
    } finally {
      console.log('greenlet cleaned');
    }
  });
  yield* sleep(0);
  process.stdout.write(`${'x'.repeat(length)}\n`);
  return 'done';
});

export const describeItself = remote(import.meta.url, 'describeItself', () => {
  const parent = parentProcess();
  const { name, pid } = parent ?? {};
  return { ...currentProcess(), parent: { name, pid, isAlive: parent?.isAlive() }, isMainProcess };
});

export const surroundings = remote(import.meta.url, 'surroundings', () => ({
  env: process.env.GREENHUB_TEST,
  cwd: process.cwd(),
  execArgv: process.execArgv,
}));

export const startOne = remote(import.meta.url, 'startOne', function* () {
  return yield* new Process({ target: square, args: [3] }).start();
});

/** What a worker and a forked process that are not ours say of themselves. */
export const askStrangers = remote(import.meta.url, 'askStrangers', async () => {
  const program = new URL('./tells-identity.js', import.meta.url);
  const forked = fork(fileURLToPath(program), { execArgv: [] });
  const worker = new Worker(program, { execArgv: [] });
  const answers = await Promise.all([once(worker, 'message'), once(forked, 'message')]);
  if (forked.connected) forked.disconnect();
  return answers.map(([told]) => told);
});

export const readInput = remote(import.meta.url, 'readInput', async () => {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return text;
});

/** How many processes may be below one another. */
export const nest = remote(import.meta.url, 'nest', function* (depth: number): Coroutine<number> {
  return yield* new Process<number>({ target: nest, args: [depth + 1], kind: 'thread' }).start();
});

export const Adder = remote(
  import.meta.url,
  'Adder',
  class Adder extends Process<number> {
    override *run() {
      yield* sleep(0);
      return (this.args[0] as number) + (this.args[1] as number);
    }
  },
);

/** A subclass with a target and a constructor of its own. */
export const Doubler = remote(
  import.meta.url,
  'Doubler',
  class Doubler extends Process<number> {
    constructor(n: number, kind: 'process' | 'thread') {
      super({ target: square, args: [n], kind });
    }

    override *run(): Coroutine<number> {
      return 2 * (yield* super.run() as Coroutine<number>);
    }
  },
);

/** A subclass that is found by its module. */
export class Plain extends Process<unknown> {
  override run() {
    return ['plain', ...this.args];
  }
}
