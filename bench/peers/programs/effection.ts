import {
  action,
  createQueue,
  type Operation,
  type Queue,
  race,
  run,
  sleep,
  spawn,
  type Task,
  withResolvers,
} from 'effection';
import { expect, nanosecondsEach, type Programs, since, sumBelow } from './program.ts';
import { bytesEach, FOR_EVER, type Night, wakeEach } from './sleepers.ts';

export const programs: Programs = {
  // It has no direct switch between tasks; two tasks that yield in turn are the nearest equivalent.
  switch: (n) => yieldIn(2, n),
  yield2: (n) => yieldIn(2, n),
  yield10k: (n) => yieldIn(10_000, n),
  spawn: (n) => nanosecondsEach(n, () => run(() => spawnAndJoin(n))),
  queueUnbounded: (n) => run(() => through(n)),
  event: (n) => run(() => wakeByResolver(n)),
  timeoutReady: (n) => nanosecondsEach(n, () => run(() => readyInTime(n))),
  nested5: (n) => nanosecondsEach(n, () => run(() => nestedCalls(n))),
  deep10: (n) => run(() => descend(10, n)),
  deep100: (n) => run(() => descend(100, n)),
  deep1000: (n) => run(() => descend(1_000, n)),
  deep100000: (n) => run(() => descend(100_000, n)),
  recursion: (n) => nanosecondsEach(n, () => run(() => recurse(n))),
  kill: (n) => run(() => haltSleeping(n)),
  sleeperBytes: (n) => bytesEach(n, startSleepers),
  sleeperWake: (n) => wakeEach(n, (count, night) => run(() => sleepTogether(count, night))),
};

/** Its `sleep(0)` is a timer of one millisecond; this is its cheapest way to let other tasks run. */
const pass = action<void>((resolve) => {
  resolve();
  return nothing;
});

function nothing(): void {}

/** The number of resumes of all yielding tasks. */
let resumes = 0;

function yieldIn(tasks: number, n: number): Promise<number> {
  const each = Math.ceil(n / tasks);
  resumes = 0;
  return nanosecondsEach(each * tasks, async () => {
    await run(() => yieldInAll(tasks, each));
    expect(resumes, each * tasks);
  });
}

function* yieldInAll(tasks: number, each: number): Operation<void> {
  const spawned: Task<void>[] = [];
  for (let i = 0; i < tasks; i += 1) spawned.push(yield* spawn(() => yielding(each)));
  for (const task of spawned) yield* task;
}

function* yielding(times: number): Operation<void> {
  for (let i = 0; i < times; i += 1) {
    yield* pass;
    resumes += 1;
  }
}

function* spawnAndJoin(n: number): Operation<void> {
  const tasks: Task<number>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield* spawn(() => trivial(i)));
  let sum = 0;
  for (const task of tasks) sum += yield* task;
  expect(sum, sumBelow(n));
}

function* trivial(x: number): Operation<number> {
  return x;
}

function* through(n: number): Operation<number> {
  const queue = createQueue<number, void>();
  const started = performance.now();
  const consumer: Task<number> = yield* spawn(() => consume(queue, n));
  const producer: Task<void> = yield* spawn(() => produce(queue, n));
  expect(yield* consumer, sumBelow(n));
  yield* producer;
  return since(started, n);
}

function* produce(queue: Queue<number, void>, n: number): Operation<void> {
  for (let i = 0; i < n; i += 1) queue.add(i);
}

function* consume(queue: Queue<number, void>, n: number): Operation<number> {
  let sum = 0;
  for (let i = 0; i < n; i += 1) {
    const item: IteratorResult<number, void> = yield* queue.next();
    sum += item.value as number;
  }
  return sum;
}

function* wakeByResolver(n: number): Operation<number> {
  const { operation, resolve } = withResolvers<boolean>();
  const waiters: Task<boolean>[] = [];
  for (let i = 0; i < n; i += 1) waiters.push(yield* spawn(() => operation));
  yield* sleep(0);
  const started = performance.now();
  resolve(true);
  for (const waiter of waiters) yield* waiter;
  return since(started, n);
}

function* readyInTime(n: number): Operation<void> {
  const { operation, resolve } = withResolvers<void>();
  resolve();
  for (let i = 0; i < n; i += 1) yield* race([sleep(60_000), operation]);
}

function* nestedCalls(n: number): Operation<void> {
  for (let i = 0; i < n; i += 1) yield* race([sleep(60_001), second()]);
}

const second = () => race([sleep(60_002), third()]);
const third = () => race([sleep(60_003), fourth()]);
const fourth = () => race([sleep(60_004), fifth()]);
const fifth = () => race([sleep(60_005), pass]);

function* descend(depth: number, n: number): Operation<number> {
  if (depth > 1) return yield* descend(depth - 1, n);
  const started = performance.now();
  for (let i = 0; i < n; i += 1) yield* pass;
  return since(started, n);
}

function* recurse(n: number): Operation<void> {
  for (let i = 0; i < n / 1_000; i += 1) expect(yield* count(1_000), 1_000);
}

function* count(depth: number): Operation<number> {
  return depth === 1 ? 1 : 1 + (yield* count(depth - 1));
}

let cleanups = 0;

function* haltSleeping(n: number): Operation<number> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield* spawn(sleepAndCleanUp));
  yield* sleep(0);
  cleanups = 0;
  const started = performance.now();
  for (const task of tasks) yield* task.halt();
  const nanoseconds = since(started, n);
  expect(cleanups, n);
  return nanoseconds;
}

function* sleepAndCleanUp(): Operation<void> {
  try {
    yield* sleep(FOR_EVER);
  } finally {
    cleanups += 1;
  }
}

function startSleepers(n: number): void {
  run(function* () {
    for (let i = 0; i < n; i += 1) yield* spawn(() => sleep(FOR_EVER));
    yield* sleep(FOR_EVER);
  });
}

function* sleepTogether(n: number, night: Night): Operation<void> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield* spawn(() => sleepUntil(night)));
  for (const task of tasks) yield* task;
}

function* sleepUntil(night: Night): Operation<void> {
  yield* sleep(Math.max(0, night.deadline - performance.now()));
  night.woken += 1;
}
