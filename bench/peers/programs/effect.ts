/** Effect 4, written as its own guide recommends: `Effect.fnUntraced` for functions in hot paths. */
import { Deferred, Effect, Fiber, Queue, Semaphore } from 'effect';
import { contendersIn, expect, nanosecondsEach, type Programs, since, sumBelow } from './program.ts';
import { bytesEach, FOR_EVER, type Night, wakeEach } from './sleepers.ts';

export const programs: Programs = {
  // It has no direct switch between fibers; two fibers that yield in turn are the nearest equivalent.
  switch: (n) => yieldIn(2, n),
  yield2: (n) => yieldIn(2, n),
  yield10k: (n) => yieldIn(10_000, n),
  spawn: (n) => nanosecondsEach(n, () => Effect.runPromise(forkAndJoin(n, trivial))),
  queue1: (n) => Effect.runPromise(through(Queue.bounded<number>(1), n)),
  queue1024: (n) => Effect.runPromise(through(Queue.bounded<number>(1_024), n)),
  queueUnbounded: (n) => Effect.runPromise(through(Queue.unbounded<number>(), n)),
  fanout: (n) => nanosecondsEach(n, () => Effect.runPromise(toHundred(n))),
  lock: (n) => contend(1, n),
  semaphore: (n) => contend(10, n),
  event: (n) => Effect.runPromise(wakeByDeferred(n)),
  poolMap: (n) => nanosecondsEach(n, () => mapAll(n, trivial)),
  timeoutReady: (n) => nanosecondsEach(n, () => Effect.runPromise(readyInTime(n))),
  nested5: (n) => nanosecondsEach(n, () => Effect.runPromise(nestedCalls(n))),
  deep10: (n) => Effect.runPromise(descend(10, n)),
  deep100: (n) => Effect.runPromise(descend(100, n)),
  deep1000: (n) => Effect.runPromise(descend(1_000, n)),
  deep100000: (n) => Effect.runPromise(descend(100_000, n)),
  recursion: (n) => nanosecondsEach(n, () => Effect.runPromise(recurse(n))),
  kill: (n) => Effect.runPromise(interruptSleeping(n)),
  sleeperBytes: (n) => bytesEach(n, startSleepers),
  sleeperWake: (n) => wakeEach(n, (count, night) => Effect.runPromise(sleepTogether(count, night))),
};

/** With tasks that are not coroutines: Effect has a shortcut for tasks that never suspend. */
export const withoutCoroutines: Programs = {
  spawn: (n) => nanosecondsEach(n, () => Effect.runPromise(forkAndJoin(n, trivialSync))),
  poolMap: (n) => nanosecondsEach(n, () => mapAll(n, trivialSync)),
};

/** The number of resumes of all yielding tasks. */
let resumes = 0;

function yieldIn(tasks: number, n: number): Promise<number> {
  const each = Math.ceil(n / tasks);
  resumes = 0;
  return nanosecondsEach(each * tasks, async () => {
    await Effect.runPromise(yieldInAll(tasks, each));
    expect(resumes, each * tasks);
  });
}

const yieldInAll = Effect.fnUntraced(function* (tasks: number, each: number) {
  const fibers = [];
  for (let i = 0; i < tasks; i += 1) fibers.push(yield* Effect.forkChild(yielding(each)));
  yield* Fiber.joinAll(fibers);
});

const yielding = Effect.fnUntraced(function* (times: number) {
  for (let i = 0; i < times; i += 1) {
    yield* Effect.yieldNow;
    resumes += 1;
  }
});

const forkAndJoin = Effect.fnUntraced(function* (n: number, task: (x: number) => Effect.Effect<number>) {
  const fibers = [];
  for (let i = 0; i < n; i += 1) fibers.push(yield* Effect.forkChild(task(i)));
  let sum = 0;
  for (const value of yield* Fiber.joinAll(fibers)) sum += value;
  expect(sum, sumBelow(n));
});

const trivial = Effect.fnUntraced(function* (x: number) {
  return x;
});

const trivialSync = (x: number) => Effect.sync(() => x);

const through = Effect.fnUntraced(function* (make: Effect.Effect<Queue.Queue<number>>, n: number) {
  const queue = yield* make;
  const started = performance.now();
  const consumer = yield* Effect.forkChild(consume(queue, n));
  const producer = yield* Effect.forkChild(produce(queue, n));
  expect(yield* Fiber.join(consumer), sumBelow(n));
  yield* Fiber.join(producer);
  return since(started, n);
});

const produce = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  for (let i = 0; i < n; i += 1) yield* Queue.offer(queue, i);
});

const consume = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += yield* Queue.take(queue);
  return sum;
});

const toHundred = Effect.fnUntraced(function* (n: number) {
  const queue = yield* Queue.bounded<number>(1);
  const consumers = [];
  for (let i = 0; i < 100; i += 1) consumers.push(yield* Effect.forkChild(consume(queue, n / 100)));
  yield* produce(queue, n);
  let sum = 0;
  for (const part of yield* Fiber.joinAll(consumers)) sum += part;
  expect(sum, sumBelow(n));
});

let acquired = 0;

function contend(permits: number, n: number): Promise<number> {
  acquired = 0;
  return nanosecondsEach(n, async () => {
    await Effect.runPromise(contendAll(permits, contendersIn(n), n));
    expect(acquired, n);
  });
}

const contendAll = Effect.fnUntraced(function* (permits: number, tasks: number, n: number) {
  const semaphore = yield* Semaphore.make(permits);
  const held = Semaphore.withPermit(semaphore, useIt);
  const fibers = [];
  for (let i = 0; i < tasks; i += 1) fibers.push(yield* Effect.forkChild(repeat(held, n / tasks)));
  yield* Fiber.joinAll(fibers);
});

const useIt = Effect.flatMap(
  Effect.sync(() => {
    acquired += 1;
  }),
  () => Effect.yieldNow,
);

const repeat = Effect.fnUntraced(function* (effect: Effect.Effect<void>, times: number) {
  for (let i = 0; i < times; i += 1) yield* effect;
});

const wakeByDeferred = Effect.fnUntraced(function* (n: number) {
  const deferred = yield* Deferred.make<boolean>();
  const fibers = [];
  for (let i = 0; i < n; i += 1) fibers.push(yield* Effect.forkChild(Deferred.await(deferred)));
  yield* Effect.yieldNow;
  const started = performance.now();
  yield* Deferred.succeed(deferred, true);
  yield* Fiber.joinAll(fibers);
  return since(started, n);
});

async function mapAll(n: number, task: (x: number) => Effect.Effect<number>): Promise<void> {
  const inputs = Array.from({ length: n }, (_, i) => i);
  const results = await Effect.runPromise(Effect.forEach(inputs, task, { concurrency: 10 }));
  expect(results.length, n);
}

const readyInTime = Effect.fnUntraced(function* (n: number) {
  const deferred = yield* Deferred.make<boolean>();
  yield* Deferred.succeed(deferred, true);
  const timed = Effect.timeout(Deferred.await(deferred), 60_000);
  for (let i = 0; i < n; i += 1) yield* timed;
});

const nestedCalls = Effect.fnUntraced(function* (n: number) {
  let nested: Effect.Effect<void, unknown> = Effect.yieldNow;
  for (let level = 5; level >= 1; level -= 1) nested = Effect.timeout(nested, 60_000 + level);
  for (let i = 0; i < n; i += 1) yield* nested;
});

const descend: (depth: number, n: number) => Effect.Effect<number> = Effect.fnUntraced(function* (
  depth: number,
  n: number,
) {
  if (depth > 1) return yield* descend(depth - 1, n);
  const started = performance.now();
  for (let i = 0; i < n; i += 1) yield* Effect.yieldNow;
  return since(started, n);
});

const recurse = Effect.fnUntraced(function* (n: number) {
  for (let i = 0; i < n / 1_000; i += 1) expect(yield* count(1_000), 1_000);
});

const count: (depth: number) => Effect.Effect<number> = Effect.fnUntraced(function* (depth: number) {
  return depth === 1 ? 1 : 1 + (yield* count(depth - 1));
});

let cleanups = 0;

const interruptSleeping = Effect.fnUntraced(function* (n: number) {
  const fibers = [];
  for (let i = 0; i < n; i += 1) fibers.push(yield* Effect.forkChild(sleepAndCleanUp));
  yield* Effect.yieldNow;
  cleanups = 0;
  const started = performance.now();
  for (const fiber of fibers) yield* Fiber.interrupt(fiber);
  const nanoseconds = since(started, n);
  expect(cleanups, n);
  return nanoseconds;
});

const sleepAndCleanUp = Effect.ensuring(
  Effect.sleep(FOR_EVER),
  Effect.sync(() => {
    cleanups += 1;
  }),
);

function startSleepers(n: number): void {
  const sleepLong = Effect.sleep(FOR_EVER);
  for (let i = 0; i < n; i += 1) Effect.runFork(sleepLong);
}

const sleepTogether = Effect.fnUntraced(function* (n: number, night: Night) {
  const fibers = [];
  for (let i = 0; i < n; i += 1) fibers.push(yield* Effect.forkChild(sleepUntil(night)));
  yield* Fiber.joinAll(fibers);
});

const sleepUntil = Effect.fnUntraced(function* (night: Night) {
  yield* Effect.sleep(Math.max(0, night.deadline - performance.now()));
  night.woken += 1;
});
