import * as assert from 'uvu/assert';
import {
  all,
  allSettled,
  any,
  Channel,
  type Coroutine,
  call,
  Event,
  killall,
  Lock,
  type Operation,
  Queue,
  race,
  Semaphore,
  select,
  sleep,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { inTime, pause, several, sorted } from './steps.ts';

const test = suite('explore/combinators');

test('of a race for items of several queues, the losers have taken nothing', async () => {
  await exploreMany('a race for one item', function* (random) {
    const queues = [new Queue<number>(1), new Queue<number>(), new Channel<number>()];
    const put: number[] = [];
    const got: number[] = [];
    const takers = several(2, function* () {
      for (let round = 0; round < 2; round += 1) {
        const gets = queues.map((queue) => (random.chance(0.3) ? lateGet(queue, random.int(0, 2)) : queue.get()));
        const item = yield* inTime(random, race(gets));
        if (item !== null) got.push(item.value);
      }
    });
    const putters = several(2, function* (number) {
      for (const item of [number * 10, number * 10 + 1]) {
        yield* pause(random);
        const puts = queues.map((queue) => queue.put(item));
        const operation = random.chance(0.5) ? random.pick(puts) : race(puts);
        if ((yield* inTime(random, operation)) !== null) put.push(item);
      }
    });
    yield* sleep(random.int(1, 10));
    // A greenlet that waits although something is available has missed it.
    for (let rounds = 0; rounds < 50 && queues.some((queue) => queue.ready()); rounds += 1) yield* sleep(1);
    if (queues.some((queue) => queue.ready())) assert.ok(takers.every((taker) => taker.ready()));
    const workers = [...takers, ...putters];
    yield* killall(workers);
    yield* allEnded(workers);
    const left = queues.flatMap((queue) => Array.from({ length: queue.qsize() }, () => queue.getNowait()));
    assert.equal(sorted([...got, ...left]), sorted(put));
    assertNoTrace(...queues);
  });
});

function lateGet(queue: Queue<number>, ms: number): Operation<number> {
  return call(function* (): Coroutine<number> {
    yield* sleep(ms);
    return yield* queue.get();
  });
}

test('a select holds only the winner, whenever it is killed', async () => {
  await exploreMany('a select over several things', function* (random) {
    const lock = new Lock();
    const semaphore = new Semaphore(1);
    const queue = new Queue<string>();
    const stopped = new Event();
    let got = 0;
    let put = 0;
    let holders = 0;
    const workers = several(3, function* () {
      for (let round = 0; round < 2; round += 1) {
        const cases = { lock: lock.acquire(), semaphore: semaphore.acquire(), item: queue.get(), stop: stopped.wait() };
        const chosen = yield* inTime(random, select(cases));
        if (chosen === null || chosen.value.key === 'stop') continue;
        const { key } = chosen.value;
        if (key === 'item') got += 1;
        else {
          const held = key === 'lock' ? lock : semaphore;
          holders += 1;
          try {
            yield* pause(random);
          } finally {
            holders -= 1;
            held.release();
          }
        }
      }
    });
    for (let item = 0; item < 2; item += 1) {
      yield* pause(random);
      queue.putNowait('item');
      put += 1;
    }
    yield* pause(random);
    stopped.set();
    yield* allEnded(workers);
    assert.is(holders, 0);
    assert.not(lock.locked());
    assert.not(semaphore.locked());
    assert.is(got + queue.qsize(), put);
    assertNoTrace(lock, semaphore, queue, stopped);
  });
});

test('any() gives the first success, and takes no more than that', async () => {
  await exploreMany('any of several failures', function* (random) {
    const queue = new Queue<number>();
    for (const item of [1, 2]) queue.putNowait(item);
    let got = 0;
    const workers = several(3, function* () {
      const failing = call(function* (): Coroutine<number> {
        yield* pause(random);
        throw new Error('failed');
      });
      try {
        const item = yield* inTime(random, any([failing, queue.get(), lateGet(queue, 1), failing]));
        if (item !== null) got += 1;
      } catch (error) {
        if (!(error instanceof AggregateError)) throw error;
      }
    });
    yield* sleep(5);
    yield* killall(workers);
    yield* allEnded(workers);
    assert.is(got + queue.qsize(), 2);
    assertNoTrace(queue);
  });
});

test('all() and allSettled() have no branch left when they return, fail or are killed', async () => {
  await exploreMany('all at once', function* (random) {
    let inside = 0;
    const branch = (value: number) =>
      call(function* (): Coroutine<number> {
        inside += 1;
        try {
          yield* sleep(random.int(0, 3));
          if (random.chance(0.2)) throw new RangeError('failed');
          return value;
        } finally {
          inside -= 1;
        }
      });
    const workers = several(2, function* () {
      try {
        const values = yield* inTime(random, all([branch(1), branch(2)]));
        if (values !== null) assert.equal(values.value, [1, 2]);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      const settled = yield* inTime(random, allSettled([branch(3), branch(4)]));
      if (settled !== null) assert.is(settled.value.length, 2);
    });
    yield* allEnded(workers);
    assert.is(inside, 0);
    assertNoTrace(...workers);
  });
});

test.run();
