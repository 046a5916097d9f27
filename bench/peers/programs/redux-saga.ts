import { buffers, type Channel, channel, runSaga, stdChannel, type Task } from 'redux-saga';
import { call, cancel, delay, fork, join, put, race, take } from 'redux-saga/effects';
import { expect, nanosecondsEach, type Programs, since, sumBelow } from './program.ts';
import { bytesEach, FOR_EVER, type Night, wakeEach } from './sleepers.ts';

export const programs: Programs = {
  // It has no direct switch between tasks; two tasks that yield in turn are the nearest equivalent.
  switch: (n) => yieldIn(2, n),
  yield2: (n) => yieldIn(2, n),
  yield10k: (n) => yieldIn(10_000, n),
  spawn: (n) => nanosecondsEach(n, () => start(forkAndJoin, n)),
  queueUnbounded: (n) => start(through, n),
  event: (n) => start(wakeByAction, n),
  timeoutReady: (n) => nanosecondsEach(n, () => start(readyInTime, n)),
  nested5: (n) => nanosecondsEach(n, () => start(nestedCalls, n)),
  deep10: (n) => start(descend, 10, n),
  deep100: (n) => start(descend, 100, n),
  deep1000: (n) => start(descend, 1_000, n),
  deep100000: (n) => start(descend, 100_000, n),
  recursion: (n) => nanosecondsEach(n, () => start(recurse, n)),
  kill: (n) => start(cancelSleeping, n),
  sleeperBytes: (n) => bytesEach(n, (count) => start(startSleepers, count)),
  sleeperWake: (n) => wakeEach(n, (count, night) => start(sleepTogether, count, night)),
};

/** TypeScript does not check the results of redux-saga's effects; these are the parts in use. */
type Saga<T> = Generator<unknown, T, never>;

/** Runs a saga outside any store, with its own bus. */
function start<A extends unknown[], T>(saga: (...args: A) => Saga<T>, ...args: A): Promise<T> {
  const bus = stdChannel();
  return runSaga({ channel: bus, dispatch: bus.put }, saga as (...args: unknown[]) => Saga<T>, ...args).toPromise();
}

const settled = Promise.resolve();

/** The number of resumes of all yielding tasks. */
let resumes = 0;

function yieldIn(tasks: number, n: number): Promise<number> {
  const each = Math.ceil(n / tasks);
  resumes = 0;
  return nanosecondsEach(each * tasks, async () => {
    await start(yieldInAll, tasks, each);
    expect(resumes, each * tasks);
  });
}

function* yieldInAll(tasks: number, each: number): Saga<void> {
  for (let i = 0; i < tasks; i += 1) yield fork(yielding, each);
}

/** Its `delay(0)` is a timer of one millisecond; this is its cheapest way to let other tasks run. */
function* yielding(times: number): Saga<void> {
  for (let i = 0; i < times; i += 1) {
    yield settled;
    resumes += 1;
  }
}

function* forkAndJoin(n: number): Saga<void> {
  const tasks: Task<number>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield fork(trivial, i));
  const values: number[] = yield join(tasks);
  let sum = 0;
  for (const value of values) sum += value;
  expect(sum, sumBelow(n));
}

function* trivial(x: number): Saga<number> {
  return x;
}

function* through(n: number): Saga<number> {
  const pipe = channel<{ x: number }>(buffers.expanding());
  const started = performance.now();
  const consumer: Task<number> = yield fork(consume, pipe, n);
  yield fork(produce, pipe, n);
  const sum: number = yield join(consumer);
  expect(sum, sumBelow(n));
  return since(started, n);
}

function* produce(pipe: Channel<{ x: number }>, n: number): Saga<void> {
  for (let i = 0; i < n; i += 1) yield put(pipe, { x: i });
}

function* consume(pipe: Channel<{ x: number }>, n: number): Saga<number> {
  let sum = 0;
  for (let i = 0; i < n; i += 1) {
    const { x }: { x: number } = yield take(pipe);
    sum += x;
  }
  return sum;
}

function* wakeByAction(n: number): Saga<number> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield fork(waitForGo));
  const started = performance.now();
  yield put({ type: 'GO' });
  yield join(tasks);
  return since(started, n);
}

function* waitForGo(): Saga<void> {
  yield take('GO');
}

function* readyInTime(n: number): Saga<void> {
  for (let i = 0; i < n; i += 1) yield race({ value: call(trivial, i), late: delay(60_000) });
}

function* nestedCalls(n: number): Saga<void> {
  for (let i = 0; i < n; i += 1) yield race({ value: call(inner, 4), late: delay(60_001) });
}

function* inner(levels: number): Saga<void> {
  if (levels === 0) yield settled;
  else yield race({ value: call(inner, levels - 1), late: delay(60_000 + levels) });
}

function* descend(depth: number, n: number): Saga<number> {
  if (depth > 1) return yield call(descend, depth - 1, n);
  const started = performance.now();
  for (let i = 0; i < n; i += 1) yield settled;
  return since(started, n);
}

function* recurse(n: number): Saga<void> {
  for (let i = 0; i < n / 1_000; i += 1) {
    const depth: number = yield call(count, 1_000);
    expect(depth, 1_000);
  }
}

function* count(depth: number): Saga<number> {
  if (depth === 1) return 1;
  const below: number = yield call(count, depth - 1);
  return 1 + below;
}

let cleanups = 0;

function* cancelSleeping(n: number): Saga<number> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i += 1) tasks.push(yield fork(sleepAndCleanUp));
  cleanups = 0;
  const started = performance.now();
  // Joining a cancelled task would cancel the joiner. The cancelled task has ended when this continues.
  for (const task of tasks) yield cancel(task);
  const nanoseconds = since(started, n);
  expect(cleanups, n);
  return nanoseconds;
}

function* sleepAndCleanUp(): Saga<void> {
  try {
    yield delay(FOR_EVER);
  } finally {
    cleanups += 1;
  }
}

function* startSleepers(n: number): Saga<void> {
  for (let i = 0; i < n; i += 1) yield fork(sleepLong);
}

function* sleepLong(): Saga<void> {
  yield delay(FOR_EVER);
}

function* sleepTogether(n: number, night: Night): Saga<void> {
  for (let i = 0; i < n; i += 1) yield fork(sleepUntil, night);
}

function* sleepUntil(night: Night): Saga<void> {
  yield delay(Math.max(0, night.deadline - performance.now()));
  night.woken += 1;
}
