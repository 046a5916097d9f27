/**
 * Random schedules of combinators over operations that take, with kills, timeouts and hand-overs in the same step.
 * GREENHUB_TEST_SEED replays one of them.
 */
import * as assert from 'uvu/assert';
import {
  any,
  Channel,
  type Coroutine,
  call,
  type Greenlet,
  GreenletExit,
  killall,
  Lock,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  Semaphore,
  select,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { firstSeed, onRandomSchedules, type Random } from '../support/random.ts';

const test = suite('pool/random');
const SCHEDULES = 300;

console.log(`pool/random: GREENHUB_TEST_SEED=${firstSeed}`);

/** At most one of several operations, by a random combinator, nested at random. */
function oneOf<T>(random: Random, operations: readonly Operation<T>[]): Operation<T | 'nothing'> {
  const bodies = operations.map((operation) => wrapped<T>(random, operation));
  if (random.chance(0.2)) bodies.push(sleepThenNothing(random.int(0, 5)));
  if (bodies.length > 2 && random.chance(0.3)) {
    const inner = bodies.splice(random.int(0, bodies.length - 2), 2);
    bodies.push(race(inner));
  }
  const way = random.int(0, 2);
  if (way === 0) return race(bodies);
  if (way === 1) return any(bodies);
  const cases = Object.fromEntries(bodies.map((body, index) => [`case${index}`, body] as const));
  return call(function* () {
    return (yield* select(cases)).value;
  });
}

function sleepThenNothing(ms: number): Operation<'nothing'> {
  return withTimeout(Infinity, function* () {
    yield* sleep(ms);
    return 'nothing' as const;
  });
}

function wrapped<T>(random: Random, operation: Operation<T>): Operation<T | 'nothing'> {
  switch (random.int(0, 5)) {
    case 0:
      return call(function* () {
        yield* sleep(random.int(0, 2));
        return yield* operation;
      });
    case 1:
      return withTimeout(random.int(0, 6), operation, { timeoutValue: 'nothing' });
    case 2:
      return race([operation, sleep(Infinity) as Operation<never>]);
    case 3:
      return call(() => operation) as Operation<T>;
    default:
      return operation;
  }
}

/** The same, perhaps with a timeout for the whole. */
function* attempt<T>(random: Random, operations: readonly Operation<T>[]): Coroutine<T | 'nothing'> {
  const operation = oneOf(random, operations);
  if (random.chance(0.5)) return yield* operation;
  try {
    return yield* withTimeout(random.int(0, 6), operation);
  } catch (error) {
    if (error instanceof Timeout) return 'nothing';
    throw error;
  }
}

function* killAtRandom(random: Random, workers: readonly Greenlet<void>[], act: () => void): Coroutine<void> {
  for (let round = random.int(0, 12); round > 0; round -= 1) {
    yield* sleep(random.int(0, 3));
    if (random.chance(0.5)) act();
    if (random.chance(0.5)) random.pick(workers).kill();
    if (random.chance(0.5)) act();
  }
  yield* sleep(random.int(0, 20));
  act();
  yield* killall(workers);
  for (const { exception } of workers) {
    if (exception !== null && !(exception instanceof GreenletExit)) throw exception;
  }
}

function* repeat(random: Random, step: () => Coroutine<void>): Coroutine<void> {
  for (let count = random.int(1, 6); count > 0; count -= 1) {
    if (random.chance(0.5)) yield* sleep(random.int(0, 2));
    yield* step();
  }
}

function workersOf(random: Random, most: number, step: () => Coroutine<void>): Greenlet<void>[] {
  return Array.from({ length: random.int(1, most) }, () => spawn(() => repeat(random, step)));
}

function sorted(items: Iterable<number>): number[] {
  return [...items].sort((a, b) => a - b);
}

function some<T>(random: Random, choices: readonly T[]): T[] {
  return Array.from({ length: random.int(1, 3) }, () => random.pick(choices));
}

function* queueSchedule(random: Random, queues: readonly Queue<number>[]): Coroutine<void> {
  const put: number[] = [];
  const got: number[] = [];
  let last = 0;
  const nextItem = () => {
    last += 1;
    return last;
  };
  const producing = function* () {
    const item = nextItem();
    const done = yield* attempt(
      random,
      some(random, queues).map((queue) => queue.put(item)),
    );
    if (done !== 'nothing') put.push(item);
  };
  const consuming = function* () {
    const item = yield* attempt(
      random,
      some(random, queues).map((queue) => queue.get()),
    );
    if (item !== 'nothing') got.push(item);
  };
  const plain = function* () {
    got.push(yield* random.pick(queues).get());
  };
  const workers = [
    ...workersOf(random, 4, producing),
    ...workersOf(random, 4, consuming),
    ...workersOf(random, 2, plain),
  ];

  yield* killAtRandom(random, workers, () => {
    const queue = random.pick(queues);
    if (queue.full()) return;
    const item = nextItem();
    queue.putNowait(item);
    put.push(item);
  });

  assertNoTrace(...queues);
  const left = queues.flatMap((queue) => Array.from({ length: queue.qsize() }, () => queue.getNowait()));
  assert.is(new Set(got).size, got.length, 'an item was got twice');
  assert.equal(sorted([...got, ...left]), sorted(put), 'items put = items got + items left');
}

test('whatever combinators take from unbounded queues is taken once, and nothing is lost', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(queueSchedule, random, [new Queue<number>(), new Queue<number>(), new Queue<number>()]),
  ));

test('whatever combinators put into bounded queues is put once, and nothing is lost', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(queueSchedule, random, [new Queue<number>(1), new Queue<number>(2), new Queue<number>(1)]),
  ));

test('whatever combinators pass through channels arrives once, and nothing is lost', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(queueSchedule, random, [new Channel<number>(), new Channel<number>(), new Queue<number>(1)]),
  ));

test('locks and semaphores that combinators have acquired are held by one each, and free at the end', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const locks = [new Lock(), new Lock(), new Semaphore(1), new Semaphore(2)] as const;
      const permits = new Map<Lock | Semaphore, number>(locks.map((lock, index) => [lock, index === 3 ? 2 : 1]));
      const taken = new Map<Lock | Semaphore, number>(locks.map((lock) => [lock, 0]));
      const using_ = function* () {
        const wanted = some(random, locks);
        const lock = yield* attempt(
          random,
          wanted.map((each) => acquiring(each)),
        );
        if (lock === 'nothing') return;
        const users = (taken.get(lock) as number) + 1;
        taken.set(lock, users);
        try {
          assert.ok(users <= (permits.get(lock) as number), 'a lock is held by too many');
          if (random.chance(0.7)) yield* sleep(random.int(0, 2));
        } finally {
          taken.set(lock, (taken.get(lock) as number) - 1);
          lock.release();
        }
      };
      const workers = workersOf(random, 7, using_);

      yield* killAtRandom(random, workers, () => {});

      assertNoTrace(...locks);
      for (const lock of locks) assert.is(lock.locked(), false, 'a lock is held for ever');
      assert.is((locks[2] as Semaphore).counter, 1);
      assert.is((locks[3] as Semaphore).counter, 2);
    }),
  ));

/** Nothing may run between the acquire and the end of the body, or the caller would not know what it holds. */
function acquiring(lock: Lock | Semaphore): Operation<Lock | Semaphore> {
  return withTimeout(Infinity, function* () {
    yield* lock.acquire();
    return lock;
  });
}

test('combinators in a ring keep a fixed number of tokens', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const ring = [new Queue<number>(), new Queue<number>(), new Queue<number>()];
      for (const token of [1, 2, 3, 4]) random.pick(ring).putNowait(token);
      const passing = function* () {
        const token = yield* attempt(
          random,
          some(random, ring).map((queue) => queue.get()),
        );
        if (token !== 'nothing') random.pick(ring).putNowait(token);
      };
      const workers = workersOf(random, 6, passing);

      yield* killAtRandom(random, workers, () => {});

      assertNoTrace(...ring);
      const left = ring.flatMap((queue) => Array.from({ length: queue.qsize() }, () => queue.getNowait()));
      assert.equal(sorted(left), [1, 2, 3, 4]);
    }),
  ));

test('under cancellation, combinators take steps of imap() once and in order', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const pool = new Pool(random.int(1, 3));
      const count = random.int(0, 12);
      const results = pool.imap(
        function* (item: number) {
          if (random.chance(0.5)) yield* sleep(random.int(0, 4));
          return item;
        },
        Array.from({ length: count }, (_, index) => index),
        { maxsize: random.int(1, 6) },
      );
      const other = new Queue<IteratorResult<number, undefined>>();
      const got: number[] = [];
      for (let round = 0; round < 200 && got.length < count; round += 1) {
        const step = yield* attempt(random, [results.next(), other.get()]);
        if (step !== 'nothing' && step.done !== true) got.push(step.value);
        if (random.chance(0.3)) yield* sleep(1);
      }

      assert.equal(
        got,
        Array.from({ length: count }, (_, index) => index),
      );
      assert.equal(yield* results.next(), { done: true, value: undefined });
      assert.is(pool.size, 0);
    }),
  ));

test('under kills, a pool never exceeds its size, starts its members in order, and loses none', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const size = random.int(1, 4);
      const pool = new Pool(size);
      let running = 0;
      let most = 0;
      const started: number[] = [];
      const members: Greenlet<void>[] = [];
      const work = function* (index: number) {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        try {
          if (random.chance(0.7)) yield* sleep(random.int(0, 3));
        } finally {
          running -= 1;
        }
      };
      for (let index = 0; index < random.int(1, 25); index += 1) {
        members.push(pool.spawn(work, index));
        if (random.chance(0.3)) yield* sleep(random.int(0, 2));
        if (random.chance(0.2)) random.pick(members).kill();
        if (random.chance(0.1)) pool.discard(random.pick(members));
        assert.ok(pool.freeCount() >= 0 && pool.freeCount() <= size);
      }
      yield* pool.join();

      assert.ok(most <= size + members.length);
      assert.equal(started, sorted(started), 'members started out of order');
      assert.is(pool.size, 0);
      assert.is(pool.freeCount(), size);
      yield* killall(members);
    }),
  ));

test('no child outlives its nursery, and its error always contains the first failure', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      let alive = 0;
      const failures: Error[] = [];
      const child = function* (depth: number, spawnMore: (depth: number) => void): Coroutine<void> {
        alive += 1;
        try {
          yield* sleep(random.int(0, 4));
          if (depth > 0 && random.chance(0.5)) spawnMore(depth - 1);
          yield* sleep(random.int(0, 4));
          if (random.chance(0.15)) {
            const failure = new RangeError('of a child');
            failures.push(failure);
            throw failure;
          }
        } finally {
          alive -= 1;
        }
      };
      const children: Greenlet<void>[] = [];
      let thrown: unknown = null;
      const worker = spawn(function* () {
        const operation = nursery(function* (n) {
          const spawnMore = (depth: number): void => {
            const spawned = n.spawn(child, depth, spawnMore);
            children.push(spawned);
            if (random.chance(0.1)) spawned.kill();
          };
          for (let count = random.int(0, 5); count > 0; count -= 1) spawnMore(2);
          if (random.chance(0.5)) yield* sleep(random.int(0, 6));
        });
        try {
          yield* operation;
        } catch (error) {
          thrown = error;
        }
        assert.ok(children.every(({ dead }) => dead));
      });
      yield* sleep(random.int(0, 20));
      if (random.chance(0.3)) worker.kill();
      yield* worker.join();

      assert.is(alive, 0);
      assert.ok(worker.exception === null || worker.exception instanceof GreenletExit);
      const [first] = failures;
      if (first === undefined) assert.ok(thrown === null || thrown instanceof GreenletExit);
      else assert.ok(thrown === first || (thrown as AggregateError).errors[0] === first);
    }),
  ));

test('no waiter is left at a queue whose combinators were all killed at once', () =>
  onRandomSchedules(50, (random) =>
    spawn(function* () {
      const queue = new Queue<number>();
      const workers = Array.from({ length: 20 }, () => spawn(() => attempt(random, [queue.get(), queue.get()])));
      yield* sleep(random.int(0, 3));

      yield* killall(workers);

      assert.is(waitersOf(queue), 0);
    }),
  ));

test.run();
