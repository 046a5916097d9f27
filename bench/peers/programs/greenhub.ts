import {
  Channel,
  type Coroutine,
  call,
  Event,
  type Greenlet,
  greenlet,
  joinall,
  Lock,
  Pool,
  Queue,
  type RawGreenlet,
  Semaphore,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from 'greenhub';
import { killSleeping, wakeByEvent } from './greenhub-crowds.ts';
import { contendersIn, expect, nanosecondsEach, type Programs, since, sumBelow } from './program.ts';
import { bytesEach, FOR_EVER, type Night, wakeEach } from './sleepers.ts';

export const programs: Programs = {
  switch: (n) => nanosecondsEach(n, () => switchBackAndForth(n)),
  yield2: (n) => yieldIn(2, n),
  yield10k: (n) => yieldIn(10_000, n),
  spawn: (n) => nanosecondsEach(n, () => spawnAndJoin(n)),
  channel: (n) => through(new Channel<number>(), n),
  queue1: (n) => through(new Queue<number>(1), n),
  queue1024: (n) => through(new Queue<number>(1_024), n),
  queueUnbounded: (n) => through(new Queue<number>(), n),
  fanout: (n) => nanosecondsEach(n, () => toHundred(n)),
  lock: (n) => contend(new Lock(), n),
  semaphore: (n) => contend(new Semaphore(10), n),
  event: wakeByEvent,
  poolMap: (n) => nanosecondsEach(n, () => mapAll(n)),
  timeoutReady: (n) => nanosecondsEach(n, () => spawn(readyInTime, n)),
  nested5: (n) => nanosecondsEach(n, () => spawn(nestedCalls, n)),
  deep10: (n) => resumeByCall(10, n),
  deep100: (n) => resumeByCall(100, n),
  deep1000: (n) => resumeByCall(1_000, n),
  deep100000: (n) => resumeByCall(100_000, n),
  recursion: (n) => nanosecondsEach(n, () => spawn(recurse, n, byCall)),
  kill: (n) => killSleeping(n),
  sleeperBytes: (n) => bytesEach(n, startSleepers),
  sleeperWake: (n) => wakeEach(n, sleepTogether),
  timers: (n) => nanosecondsEach(n, () => spawn(setAndCancel, n)),
};

/** greenhub with native `yield*` instead of `call()`, where that differs. */
export const delegating: Programs = {
  deep10: (n) => resumeByDelegation(10, n),
  deep100: (n) => resumeByDelegation(100, n),
  deep1000: (n) => resumeByDelegation(1_000, n),
  deep100000: (n) => resumeByDelegation(100_000, n),
  recursion: (n) => nanosecondsEach(n, () => spawn(recurse, n, byDelegation)),
};

function switchBackAndForth(n: number): void {
  let switches = 0;
  const there: RawGreenlet = greenlet(function* () {
    for (;;) yield* here.switch();
  });
  const here: RawGreenlet = greenlet(function* () {
    while (switches < n) {
      switches += 2;
      yield* there.switch();
    }
  });
  here.switch();
}

/** The number of resumes of all yielding greenlets. */
let resumes = 0;

function yieldIn(tasks: number, n: number): Promise<number> {
  const each = Math.ceil(n / tasks);
  resumes = 0;
  return nanosecondsEach(each * tasks, async () => {
    const greenlets = [];
    for (let i = 0; i < tasks; i += 1) greenlets.push(spawn(yielding, each));
    await joinall(greenlets);
    expect(resumes, each * tasks);
  });
}

function* yielding(times: number): Coroutine<void> {
  for (let i = 0; i < times; i += 1) {
    yield* sleep(0);
    resumes += 1;
  }
}

async function spawnAndJoin(n: number): Promise<void> {
  const greenlets: Greenlet<number>[] = [];
  for (let i = 0; i < n; i += 1) greenlets.push(spawn(trivial, i));
  await joinall(greenlets);
  let sum = 0;
  for (const { value } of greenlets) sum += value as number;
  expect(sum, sumBelow(n));
}

function* trivial(x: number): Coroutine<number> {
  return x;
}

type Pipe = Channel<number> | Queue<number>;

function through(pipe: Pipe, n: number): Promise<number> {
  return nanosecondsEach(n, async () => {
    const consumer = spawn(consume, pipe, n);
    await joinall([consumer, spawn(produce, pipe, n)]);
    expect(consumer.value, sumBelow(n));
  });
}

function* produce(pipe: Pipe, n: number): Coroutine<void> {
  for (let i = 0; i < n; i += 1) yield* pipe.put(i);
}

function* consume(pipe: Pipe, n: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += yield* pipe.get();
  return sum;
}

async function toHundred(n: number): Promise<void> {
  const queue = new Queue<number>(1);
  const consumers = [];
  for (let i = 0; i < 100; i += 1) consumers.push(spawn(consume, queue, n / 100));
  await joinall([...consumers, spawn(produce, queue, n)]);
  let sum = 0;
  for (const consumer of consumers) sum += consumer.value as number;
  expect(sum, sumBelow(n));
}

/** Greenlets; each holds what it has acquired for one round. */
function contend(lock: Lock | Semaphore, n: number): Promise<number> {
  acquired = 0;
  return nanosecondsEach(n, async () => {
    const greenlets = [];
    const tasks = contendersIn(n);
    for (let i = 0; i < tasks; i += 1) greenlets.push(spawn(hold, lock, n / tasks));
    await joinall(greenlets);
    expect(acquired, n);
  });
}

let acquired = 0;

function* hold(lock: Lock | Semaphore, times: number): Coroutine<void> {
  for (let i = 0; i < times; i += 1) {
    yield* lock.acquire();
    acquired += 1;
    yield* sleep(0);
    lock.release();
  }
}

async function mapAll(n: number): Promise<void> {
  const results = await new Pool(10).map(trivial, numbersBelow(n));
  expect(results.length, n);
}

function numbersBelow(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function* readyInTime(n: number): Coroutine<void> {
  const event = new Event();
  event.set();
  for (let i = 0; i < n; i += 1) yield* withTimeout(60_000, event.wait());
}

function* nestedCalls(n: number): Coroutine<void> {
  for (let i = 0; i < n; i += 1) yield* withTimeout(60_001, second);
}

const second = () => withTimeout(60_002, third);
const third = () => withTimeout(60_003, fourth);
const fourth = () => withTimeout(60_004, fifth);
const fifth = () => withTimeout(60_005, sleep(0));

function resumeByCall(depth: number, n: number): Promise<number> {
  return Promise.resolve(spawn(descendByCall, depth, n));
}

function* descendByCall(depth: number, n: number): Coroutine<number> {
  return depth === 1 ? yield* resumeAtTheBottom(n) : yield* call(descendByCall, depth - 1, n);
}

function resumeByDelegation(depth: number, n: number): Promise<number> {
  return Promise.resolve(spawn(descend, depth, n));
}

function* descend(depth: number, n: number): Coroutine<number> {
  return depth === 1 ? yield* resumeAtTheBottom(n) : yield* descend(depth - 1, n);
}

function* resumeAtTheBottom(n: number): Coroutine<number> {
  const started = performance.now();
  for (let i = 0; i < n; i += 1) yield* sleep(0);
  return since(started, n);
}

/** Repeatedly calls a thousand levels deep and returns. */
function* recurse(n: number, sum: (depth: number) => Coroutine<number>): Coroutine<void> {
  for (let i = 0; i < n / 1_000; i += 1) expect(yield* sum(1_000), 1_000);
}

function* byCall(depth: number): Coroutine<number> {
  return depth === 1 ? 1 : 1 + (yield* call(byCall, depth - 1));
}

function* byDelegation(depth: number): Coroutine<number> {
  return depth === 1 ? 1 : 1 + (yield* byDelegation(depth - 1));
}

function startSleepers(n: number): void {
  for (let i = 0; i < n; i += 1) spawn(sleepLong);
}

function* sleepLong(): Coroutine<void> {
  yield* sleep(FOR_EVER);
}

function sleepTogether(n: number, night: Night): PromiseLike<unknown> {
  const sleepers: Greenlet<void>[] = [];
  for (let i = 0; i < n; i += 1) sleepers.push(spawn(sleepUntil, night));
  return joinall(sleepers).then((done) => done);
}

function* sleepUntil(night: Night): Coroutine<void> {
  yield* sleep(Math.max(0, night.deadline - performance.now()));
  night.woken += 1;
}

/** A thousand timers are pending at a time. */
function* setAndCancel(n: number): Coroutine<void> {
  const timeouts: Timeout[] = new Array(1_000);
  for (let i = 0; i < n; i += 1_000) {
    for (let j = 0; j < 1_000; j += 1) timeouts[j] = Timeout.startNew(60_000 + j);
    for (let j = 0; j < 1_000; j += 1) (timeouts[j] as Timeout).close();
  }
}
