/** Operations among `n` greenlets. Each program returns the cost of one operation. */
import {
  Channel,
  type Coroutine,
  Event,
  type Greenlet,
  greenlet,
  joinall,
  Pool,
  Queue,
  type RawGreenlet,
  Semaphore,
  sleep,
  spawn,
  Timeout,
} from 'greenhub';
import { killSleeping, wakeByEvent } from './greenhub-crowds.ts';
import { expect, nanosecondsEach, type Programs, since } from './program.ts';
import { again, ROUNDS } from './scaling-rounds.ts';

export const programs: Programs = {
  switch: (n) => again(n, switchInRing),
  yield: (n) => again(n, () => inAll(n, yielding)),
  spawn: (n) => again(n, spawnAndJoin),
  channel: (n) => again(n, () => inPairs(n, () => new Channel<number>())),
  queue1: (n) => again(n, () => inPairs(n, () => new Queue<number>(1))),
  queueWaiters: (n) => again(n, handToWaiters),
  semaphore: (n) => again(n, () => inAll(n, hold, new Semaphore(10))),
  event: (n) => again(n, wakeByEvent),
  poolMap: (n) => again(n, mapAll),
  kill: (n) => again(n, killSleeping),
  timers: (n) => again(n, setAndCancel),
};

/** All greenlets form a ring; each switches to the next. */
async function switchInRing(n: number): Promise<number> {
  const ring: RawGreenlet[] = [];
  for (let i = 0; i < n; i += 1) ring.push(greenlet(passOn));
  // The first switch only starts each greenlet. The measured switches go to suspended greenlets.
  for (let i = 0; i < n; i += 1) (ring[i] as RawGreenlet).switch(ring, (i + 1) % n);
  return nanosecondsEach(n * ROUNDS, () => (ring[0] as RawGreenlet).switch({ left: n * ROUNDS }));
}

function* passOn(ring: RawGreenlet[], next: number): Coroutine<void> {
  const main = ring[next]?.parent as RawGreenlet;
  let baton: { left: number } = yield* main.switch();
  for (;;) {
    baton.left -= 1;
    baton = yield* (baton.left <= 0 ? main : (ring[next] as RawGreenlet)).switch(baton);
  }
}

/** Creates `n` greenlets, then measures them from the moment when all are released. */
async function inAll<A extends unknown[]>(
  n: number,
  body: (...args: A) => Coroutine<void>,
  ...args: A
): Promise<number> {
  const go = new Event();
  const greenlets: Greenlet<void>[] = [];
  for (let i = 0; i < n; i += 1) greenlets.push(spawn(after<A>, go, body, args));
  return letGo(go, greenlets, n);
}

async function letGo(go: Event, greenlets: Greenlet<void>[], n: number): Promise<number> {
  await sleep(0);
  const started = performance.now();
  go.set();
  await joinall(greenlets);
  return since(started, n * ROUNDS);
}

function* after<A extends unknown[]>(go: Event, body: (...args: A) => Coroutine<void>, args: A): Coroutine<void> {
  yield* go.wait();
  yield* body(...args);
}

function* yielding(): Coroutine<void> {
  for (let i = 0; i < ROUNDS; i += 1) yield* sleep(0);
}

async function spawnAndJoin(n: number): Promise<number> {
  const started = performance.now();
  const greenlets: Greenlet<number>[] = [];
  for (let i = 0; i < n; i += 1) greenlets.push(spawn(trivial, i));
  await joinall(greenlets);
  return since(started, n);
}

function* trivial(x: number): Coroutine<number> {
  return x;
}

/** Half of the greenlets produce, each for its own consumer. */
async function inPairs(n: number, make: () => Pipe): Promise<number> {
  const pairs = n / 2;
  const go = new Event();
  const greenlets: Greenlet<void>[] = [];
  for (let i = 0; i < pairs; i += 1) {
    const pipe = make();
    greenlets.push(spawn(after, go, take, [pipe]), spawn(after, go, give, [pipe]));
  }
  return letGo(go, greenlets, pairs);
}

type Pipe = Channel<number> | Queue<number>;

function* give(pipe: Pipe): Coroutine<void> {
  for (let i = 0; i < ROUNDS; i += 1) yield* pipe.put(i);
}

function* take(pipe: Pipe): Coroutine<void> {
  for (let i = 0; i < ROUNDS; i += 1) yield* pipe.get();
}

/** All greenlets wait at one queue, and each item goes to the longest waiter. */
async function handToWaiters(n: number): Promise<number> {
  const queue = new Queue<number>();
  const takers: Greenlet<void>[] = [];
  for (let i = 0; i < n; i += 1) takers.push(spawn(take, queue));
  await sleep(0);
  const started = performance.now();
  await joinall([...takers, spawn(giveAll, queue, n * ROUNDS)]);
  return since(started, n * ROUNDS);
}

function* giveAll(queue: Queue<number>, items: number): Coroutine<void> {
  for (let i = 0; i < items; i += 1) {
    yield* queue.put(i);
    // Let the woken greenlets wait again, so that never all of them are awake.
    if (i % 256 === 0) yield* sleep(0);
  }
}

function* hold(semaphore: Semaphore): Coroutine<void> {
  for (let i = 0; i < ROUNDS; i += 1) {
    yield* semaphore.acquire();
    yield* sleep(0);
    semaphore.release();
  }
}

/** A pool that is large enough to work on all items at once. */
async function mapAll(n: number): Promise<number> {
  const inputs = Array.from({ length: n }, (_, i) => i);
  const started = performance.now();
  const results = await new Pool(n).map(trivial, inputs);
  expect(results.length, n);
  return since(started, n);
}

/** All timers are pending at once. */
async function setAndCancel(n: number): Promise<number> {
  return await spawn(function* (): Coroutine<number> {
    const timeouts: Timeout[] = [];
    const started = performance.now();
    for (let i = 0; i < n; i += 1) timeouts.push(Timeout.startNew(60_000 + (i % 1_000)));
    for (const timeout of timeouts) timeout.close();
    return since(started, n);
  });
}
