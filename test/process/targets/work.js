/** Targets for pools. */
import { threadId } from 'node:worker_threads';
import { Event, shield, sleep, spawn } from 'greenhub';
import { remote } from 'greenhub/process';

/**
 * @typedef {import('greenhub/process').Queue<string>} Said where tasks say what they do
 * @typedef {import('greenhub/process').Event} Go lets tasks go on
 */

const here = import.meta.url;

export const add = remote(here, 'add', (/** @type {number} */ a, /** @type {number} */ b) => a + b);

export const double = remote(here, 'double', (/** @type {number} */ n) => 2 * n);

export const doubleSlowly = remote(here, 'doubleSlowly', function* (/** @type {number} */ n) {
  yield* sleep(1);
  return 2 * n;
});

export const doubleAsync = remote(here, 'doubleAsync', async (/** @type {number} */ n) => 2 * n);

export const doubleByOperation = remote(here, 'doubleByOperation', (/** @type {number} */ n) => spawn(double, n).get());

export const nothing = remote(here, 'nothing', () => undefined);

export const echo = remote(here, 'echo', (/** @type {unknown} */ value) => value);

/** Calls a remote function that it was given. */
export const callGiven = remote(
  here,
  'callGiven',
  function* (/** @type {(n: number) => number} */ fn, /** @type {number} */ n) {
    return yield* spawn(fn, n);
  },
);

export const byteLength = remote(here, 'byteLength', (/** @type {ArrayBuffer} */ buffer) => buffer.byteLength);

/** Fails for odd numbers. */
export const evenOnly = remote(here, 'evenOnly', (/** @type {number} */ n) => {
  if (n % 2 === 1) throw Object.assign(new RangeError(`${n} is odd`), { code: 'EODD' });
  return n;
});

export const fail = remote(here, 'fail', function* failInWorker() {
  yield* sleep(0);
  throw Object.assign(new RangeError('out of reach'), { code: 'EREACH', cause: new TypeError('too far') });
});

export const giveClosure = remote(here, 'giveClosure', () => ({ callback: () => 1 }));

/** A closure for one item. */
export const closureForTwo = remote(here, 'closureForTwo', (/** @type {number} */ n) => (n === 2 ? () => n : n));

export const noFunction = 1;

export const pid = remote(here, 'pid', () => process.pid);

export const thread = remote(here, 'thread', () => threadId);

export const exit = remote(here, 'exit', (/** @type {number} */ code) => process.exit(code));

/** Throws an error outside of every greenlet, after the call if it need not be waited for. */
export const throwOutside = remote(here, 'throwOutside', function* (/** @type {boolean} */ waits) {
  setImmediate(() => {
    throw new RangeError('outside of every greenlet');
  });
  if (waits) yield* sleep(Infinity);
});

/** Uses more memory than there is. */
export const exhaust = remote(here, 'exhaust', () => {
  const kept = [];
  for (;;) kept.push(new Array(10_000).fill(kept.length));
});

export const spin = remote(here, 'spin', () => {
  for (;;);
});

/** Says that it runs, and spins. */
export const sayAndSpin = remote(here, 'sayAndSpin', function* (/** @type {Said} */ said) {
  yield* said.put('spins');
  for (;;);
});

/** Says that it runs, and waits until it may go on. When it is killed, its cleanup says so. */
export const hold = remote(
  here,
  'hold',
  function* (/** @type {Said} */ said, /** @type {Go} */ go, /** @type {string} */ name) {
    let isOver = false;
    try {
      yield* said.put(`${name} runs`);
      yield* go.wait();
      isOver = true;
      return name;
    } finally {
      if (!isOver) yield* shield(said.put(`${name} cleans up`));
    }
  },
);

/** Says the name that it is called with. */
export const say = remote(here, 'say', function* (/** @type {Said} */ said, /** @type {string} */ name) {
  yield* said.put(name);
});

let state = 'not initialized';

export const initialize = remote(here, 'initialize', function* (/** @type {string} */ value) {
  yield* sleep(0);
  state = value;
});

export const failToInitialize = remote(here, 'failToInitialize', () => {
  throw new RangeError('no database');
});

export const exitAtStart = remote(here, 'exitAtStart', () => process.exit(7));

export const stateOfWorker = remote(here, 'stateOfWorker', () => state);

let calls = 0;

/** How often this worker was called. */
export const countCalls = remote(here, 'countCalls', () => {
  calls += 1;
  return calls;
});

export const environment = remote(here, 'environment', () => [process.env.GREENHUB_TEST, process.execArgv]);

/** A task that leaves a greenlet behind, which has begun. */
export const leave = remote(here, 'leave', function* (/** @type {Said} */ said) {
  const begun = new Event();
  spawn(function* () {
    try {
      begun.set();
      yield* sleep(Infinity);
    } finally {
      yield* shield(said.put('the rest cleans up'));
    }
  });
  yield* begun.wait();
});

export const exitAtTwo = remote(here, 'exitAtTwo', (/** @type {number} */ n) => (n === 2 ? process.exit(4) : n));

export const holdFirst = remote(here, 'holdFirst', function* (/** @type {[Said, Go, string]} */ [, go, name]) {
  if (name === 'first') yield* go.wait();
  return name;
});

export const holdAllButFirst = remote(
  here,
  'holdAllButFirst',
  function* (/** @type {[Said, Go, string]} */ [said, go, name]) {
    return name === 'first' ? name : yield* hold(said, go, name);
  },
);

const worker = `${process.pid}/${threadId}`;

/** Says in which worker it runs, and waits until it may go on. */
export const holdWhere = remote(here, 'holdWhere', function* (/** @type {Said} */ said, /** @type {Go} */ go) {
  yield* said.put(worker);
  yield* go.wait();
  return worker;
});

export const sayWhereAndExit = remote(here, 'sayWhereAndExit', function* (/** @type {Said} */ said) {
  yield* said.put(worker);
  process.exit(5);
});
