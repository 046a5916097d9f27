/**
 * Random schedules of blocking and cancelled operations: kills, timeouts and hand-overs that meet in the same
 * millisecond and in the same step. GREENHUB_TEST_SEED replays a schedule.
 */
import * as assert from 'uvu/assert';
import { operation } from '../../lib/greenlet/operation.ts';
import {
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Channel,
  Condition,
  type Coroutine,
  Empty,
  Event,
  Full,
  type Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  JoinableQueue,
  killall,
  LifoQueue,
  Lock,
  type Operation,
  PriorityQueue,
  Queue,
  RLock,
  Semaphore,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { dropsItems, queueKinds } from '../support/kinds.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { firstSeed, onRandomSchedules, type Random } from '../support/random.ts';

const test = suite('sync/cancellation');
const SCHEDULES = 400;

console.log(`sync/cancellation: GREENHUB_TEST_SEED=${firstSeed}`);

/** How an operation ended: it completed, or something stopped it. */
type Attempt<T> = { completed: true; value: T } | { completed: false };
const STOPPED = { completed: false } as const;

/** Runs an operation with one of the ways to make it give up. A kill of the greenlet is thrown. */
function* attempt<T>(
  random: Random,
  make: (options?: { timeout?: number }) => Operation<T>,
  ownTimeout: (error: unknown) => boolean,
): Coroutine<Attempt<T>> {
  const ms = random.int(0, 6);
  const way = random.int(0, 4);
  try {
    if (way === 0) return { completed: true, value: yield* make({ timeout: ms }) };
    if (way === 1) return { completed: true, value: yield* withTimeout(ms, make()) };
    if (way === 2) {
      const value = yield* withTimeout(ms, make({ timeout: random.int(0, 6) }), { timeoutValue: STOPPED });
      return value === STOPPED ? STOPPED : { completed: true, value: value as T };
    }
    if (way === 3) {
      const timeout = Timeout.startNew(ms);
      try {
        return { completed: true, value: yield* make() };
      } finally {
        timeout.close();
      }
    }
    return { completed: true, value: yield* make() };
  } catch (error) {
    if (error instanceof GreenletExit || !(error instanceof Timeout || ownTimeout(error))) throw error;
    return STOPPED;
  }
}

/** A body that a kill may hit anywhere. Some bodies catch the kill and continue. */
function* stubborn(random: Random, steps: number, step: () => Coroutine<void>): Coroutine<void> {
  const catches = random.chance(0.2);
  for (let count = 0; count < steps; count += 1) {
    try {
      if (random.chance(0.6)) yield* sleep(random.int(0, 3));
      yield* step();
    } catch (error) {
      if (!(error instanceof GreenletExit)) throw error;
      if (!catches) throw error;
    }
  }
}

/** Runs workers, kills some of them at random moments and all at the end, and throws the error of a worker. */
function* runWorkers(random: Random, workers: Greenlet<void>[], act: () => void): Coroutine<void> {
  for (let round = random.int(0, 12); round > 0; round -= 1) {
    yield* sleep(random.int(0, 4));
    // Before or after a hand-over, in the same step.
    if (random.chance(0.4)) act();
    if (random.chance(0.6)) random.pick(workers).kill();
    if (random.chance(0.4)) act();
  }
  yield* sleep(random.int(0, 30));
  act();
  yield* killall(workers);
  for (const { exception } of workers) {
    if (exception !== null && !(exception instanceof GreenletExit)) throw exception;
  }
}

/** The events of a queue, in the order in which the calls began. */
class QueueLog {
  readonly put = new Set<number>();
  readonly got: { began: number; item: number; takes: boolean }[] = [];
  private sequence = 0;

  /** The position in the order of beginnings. For a put it is also the item. */
  begin(): number {
    this.sequence += 1;
    return this.sequence;
  }

  /** Fails unless every item that was put was got once or is left. */
  checkItems(left: readonly number[]): void {
    const taken = this.got.filter(({ takes }) => takes).map(({ item }) => item);
    assert.is(new Set(taken).size, taken.length, 'an item was got twice');
    const all = [...taken, ...left].sort((a, b) => a - b);
    assert.equal(
      all,
      [...this.put].sort((a, b) => a - b),
      'items put = items got + items left',
    );
  }

  /** Fails unless waiters were served in the order in which they began, and items came in the order of the puts. */
  checkOrder(left: readonly number[]): void {
    let last = 0;
    for (const { item, takes } of this.got.sort((a, b) => a.began - b.began)) {
      assert.ok(item >= last, `item ${item} came after item ${last}`);
      last = takes ? item + 1 : item;
    }
    for (const item of left) {
      assert.ok(item >= last, `item ${item} was left behind item ${last}`);
      last = item + 1;
    }
  }
}

/** Puts, gets and peeks in random order, some of which are cancelled. Returns the events and the remaining items. */
function* queueSchedule(random: Random, queue: Queue<number>): Coroutine<{ log: QueueLog; left: number[] }> {
  const log = new QueueLog();
  const isFull = (error: unknown) => error instanceof Full;
  const isEmpty = (error: unknown) => error instanceof Empty;
  function* putOne() {
    let item = 0;
    const { completed } = yield* attempt(random, (options) => beginning(() => queue.put(item, options)), isFull);
    if (completed) log.put.add(item);

    function beginning(make: () => Operation<void>): Operation<void> {
      item = log.begin();
      return make();
    }
  }
  function* takeOne(takes: boolean) {
    const began = log.begin();
    const attempted = yield* attempt(random, (options) => (takes ? queue.get(options) : queue.peek(options)), isEmpty);
    if (attempted.completed) log.got.push({ began, item: attempted.value, takes });
  }
  const workers: Greenlet<void>[] = [];
  const add = (most: number, step: () => Coroutine<void>) => {
    for (let count = random.int(1, most); count > 0; count -= 1) {
      workers.push(spawn(() => stubborn(random, random.int(1, 6), step)));
    }
  };
  add(4, putOne);
  add(4, () => takeOne(true));
  add(2, () => takeOne(false));

  yield* runWorkers(random, workers, () => {
    assert.ok(queue.empty() || queue.full() || waitersOf(queue) === 0, 'somebody waits for a queue that is ready');
    const began = log.begin();
    try {
      if (random.chance(0.5)) {
        queue.putNowait(began);
        log.put.add(began);
      } else log.got.push({ began, item: queue.getNowait(), takes: true });
    } catch (error) {
      if (!isFull(error) && !isEmpty(error)) throw error;
    }
  });

  assertNoTrace(queue);
  const left: number[] = [];
  while (!queue.empty()) left.push(queue.getNowait());
  log.checkItems(left);
  return { log, left };
}

/** The same for a first-in, first-out queue. */
function* orderedSchedule(random: Random, queue: Queue<number>): Coroutine<void> {
  const { log, left } = yield* queueSchedule(random, queue);
  log.checkOrder(left);
}

test('under cancellation, an unbounded queue loses nothing, duplicates nothing and keeps its order', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    await spawn(orderedSchedule, random, new Queue<number>());
  }));

test('under cancellation, a bounded queue loses nothing, duplicates nothing and keeps its order', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    await spawn(orderedSchedule, random, new Queue<number>(random.int(1, 3)));
  }));

test('under cancellation, a last-in, first-out queue loses nothing and duplicates nothing', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const queue = new LifoQueue<number>(random.pick([1, 2, 3, Infinity]));
    const { left } = await spawn(queueSchedule, random, queue);

    if (queue.maxsize === Infinity) {
      assert.equal(
        left,
        [...left].sort((a, b) => b - a),
      );
    }
  }));

test('under cancellation, a priority queue loses nothing, duplicates nothing and stays ordered', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const queue = new PriorityQueue<number>(random.pick([1, 2, 3, Infinity]));
    const { left } = await spawn(queueSchedule, random, queue);

    assert.equal(
      left,
      [...left].sort((a, b) => a - b),
    );
  }));

test('under cancellation, a joinable queue counts exactly the items that were put, and keeps its order', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const queue = new JoinableQueue<number>(random.pick([1, 2, 3, Infinity]));
    const { log, left } = await spawn(queueSchedule, random, queue);

    log.checkOrder(left);
    assert.is(queue.unfinishedTasks, log.put.size);
    const joiner = spawn(() => queue.join());
    for (const _ of log.put) queue.taskDone();
    assert.is(await joiner, true);
  }));

test('under cancellation, a channel gives each item to one getter, in order, and no item of a cancelled putter', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const channel = new Channel<number>();
    const { log, left } = await spawn(queueSchedule, random, channel);

    assert.equal(left, []);
    // Peekers do not wait in the same line as getters.
    const seen = log.got.splice(0);
    for (const step of seen) if (step.takes) log.got.push(step);
    log.checkOrder(left);
  }));

const lossless = queueKinds.filter((Kind) => !dropsItems(Kind));

test('a queue that is shut down meanwhile has given or holds every item that was put, and has no waiters left', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const Kind = random.pick(lossless);
      const queue = random.chance(0.2) ? new Channel<number>() : new Kind<number>(random.pick([1, 2, Infinity]));
      const put: number[] = [];
      const got: number[] = [];
      const ended = (error: unknown) => error instanceof Error && ['ShutDown', 'Empty', 'Full'].includes(error.name);
      let sequence = 0;
      function* putOne() {
        sequence += 1;
        const item = sequence;
        if ((yield* attempt(random, (options) => queue.put(item, options), ended)).completed) put.push(item);
      }
      function* takeOne() {
        const attempted = yield* attempt(random, (options) => queue.get(options), ended);
        if (attempted.completed) got.push(attempted.value);
      }
      const workers = [putOne, putOne, takeOne, takeOne, takeOne].map((step) =>
        spawn(() => stubborn(random, random.int(1, 5), step)),
      );
      spawn(function* () {
        yield* sleep(random.int(0, 15));
        queue.shutdown();
      });

      yield* sleep(20);
      if (random.chance(0.5)) random.pick(workers).kill();
      yield* sleep(200);

      assert.ok(
        workers.every((worker) => worker.dead),
        'shutdown() wakes all waiters',
      );
      for (const { exception } of workers) assert.ok(exception === null || exception instanceof GreenletExit);
      assertNoTrace(queue);
      const left: number[] = [];
      while (!queue.empty()) left.push(queue.getNowait());
      assert.equal(
        [...got, ...left].sort((a, b) => a - b),
        put.sort((a, b) => a - b),
      );
    }),
  ));

type AnyLock = Lock | RLock | Semaphore;

/** Runs a critical section in one of the usual ways, all of which leave it. */
function* enter(random: Random, lock: AnyLock, inside: () => Coroutine<void>): Coroutine<void> {
  const ms = random.int(0, 8);
  const way = random.int(0, 4);
  if (way === 0) {
    using _ = yield* lock.hold();
    yield* inside();
  } else if (way === 1) {
    try {
      yield* withTimeout(ms, function* () {
        using _ = yield* lock.hold();
        yield* inside();
      });
    } catch (error) {
      if (!(error instanceof Timeout)) throw error;
    }
  } else if (way === 2) {
    using held = yield* withTimeout(ms, lock.hold(), { timeoutValue: null });
    if (held !== null) yield* inside();
  } else {
    const { completed, value } = {
      value: false,
      ...(yield* attempt(random, (options) => lock.acquire(options), never)),
    };
    if (!completed || !value) return;
    try {
      yield* inside();
    } finally {
      lock.release();
    }
  }
}

function assertNobodyWaitsInVain(lock: AnyLock): void {
  assert.ok(lock.locked() || waitersOf(lock) === 0, 'somebody waits for a lock that is free');
}

function never(): boolean {
  return false;
}

function* lockSchedule(random: Random, lock: AnyLock, permits: number): Coroutine<void> {
  let inside = 0;
  function* work() {
    inside += 1;
    try {
      assert.ok(inside <= permits, `${inside} are inside where ${permits} may be`);
      yield* sleep(random.int(0, 4));
      if (lock instanceof RLock) yield* again(lock);
    } finally {
      inside -= 1;
    }
  }
  function* again(held: RLock): Coroutine<void> {
    assert.ok(yield* held.acquire({ blocking: false }), 'its holder gets it again at once');
    try {
      if (random.chance(0.5)) yield* sleep(random.int(0, 2));
      if (random.chance(0.3)) yield* again(held);
    } finally {
      held.release();
    }
  }
  const workers = Array.from({ length: random.int(2, 7) }, () =>
    spawn(() => stubborn(random, random.int(1, 5), () => enter(random, lock, work))),
  );

  yield* runWorkers(random, workers, () => assertNobodyWaitsInVain(lock));

  assert.is(inside, 0);
  assertNoTrace(lock);
  assert.is(lock.locked(), false, 'the lock was left held');
  if (lock instanceof Semaphore) assert.is(lock.counter, permits, 'the counter was not restored');
}

test('under cancellation, a lock has one holder at a time and is never left held', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    await spawn(lockSchedule, random, new Lock(), 1);
  }));

test('under cancellation, a semaphore never exceeds its permits and gets all of them back', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const permits = random.int(1, 3);
    await spawn(lockSchedule, random, new Semaphore(permits), permits);
  }));

test('under cancellation, a reentrant lock has one holder at a time and is never left held', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    await spawn(lockSchedule, random, new RLock(), 1);
  }));

test('under cancellation, a bounded semaphore never exceeds its permits and gets all of them back', () =>
  onRandomSchedules(SCHEDULES, async (random) => {
    const permits = random.int(1, 3);
    await spawn(lockSchedule, random, new BoundedSemaphore(permits), permits);
  }));

test('under cancellation, a condition loses no notification, and every waiter has its lock again', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const condition = new Condition(random.pick([new Lock(), new RLock()]));
      const { lock } = condition;
      let inside = 0;
      let made = 0;
      let taken = 0;
      function* waitInside(options?: { timeout?: number }) {
        inside -= 1;
        try {
          return yield* condition.wait(options);
        } finally {
          inside += 1;
          assert.is(inside, 1, 'who comes out of wait() is alone');
          assert.ok(lock.heldBy(getcurrent()), 'who comes out of wait() has the lock');
        }
      }
      function* enterAlone(work: () => Coroutine<void>): Coroutine<void> {
        using _ = yield* lock.hold();
        inside += 1;
        try {
          assert.is(inside, 1);
          yield* work();
        } finally {
          inside -= 1;
        }
      }
      function* take(): Coroutine<void> {
        while (made === taken) {
          const waited = yield* attempt(random, (options) => operation(() => waitInside(options)), never);
          if (!waited.completed || !waited.value) return;
        }
        taken += 1;
        if (random.chance(0.4)) yield* sleep(random.int(0, 3));
      }
      function* make(): Coroutine<void> {
        if (random.chance(0.3)) yield* sleep(random.int(0, 3));
        const count = random.int(1, 3);
        made += count;
        condition.notify(count);
        if (random.chance(0.3)) yield* sleep(random.int(0, 3));
      }
      const workers = Array.from({ length: random.int(2, 8) }, () =>
        spawn(() => stubborn(random, random.int(1, 5), () => enterAlone(random.chance(0.7) ? take : make))),
      );

      for (let round = random.int(0, 8); round > 0; round -= 1) {
        yield* sleep(random.int(0, 4));
        random.pick(workers).kill();
      }
      yield* sleep(200);

      assert.ok(made === taken || waitersOf(condition) === 0, 'somebody waits for what is there');
      yield* killall(workers);
      for (const { exception } of workers) {
        if (exception !== null && !(exception instanceof GreenletExit)) throw exception;
      }
      assert.is(inside, 0);
      assert.is(lock.locked(), false, 'the lock was left held');
      assertNoTrace(condition);
    }),
  ));

test('under cancellation, a barrier lets all parties through or none', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const barrier = new Barrier(random.int(1, 4));
      const passed = Array.from({ length: barrier.parties }, () => 0);
      const isBroken = (error: unknown) => error instanceof BrokenBarrierError;
      function* pass(): Coroutine<void> {
        const attempted = yield* attempt(random, (options) => barrier.wait(options), isBroken);
        if (attempted.completed) passed[attempted.value] = (passed[attempted.value] ?? Number.NaN) + 1;
        if (barrier.broken && random.chance(0.5)) barrier.reset();
      }
      const workers = Array.from({ length: random.int(2, 8) }, () =>
        spawn(() => stubborn(random, random.int(1, 6), pass)),
      );

      yield* runWorkers(random, workers, () => {
        assert.ok(barrier.waiting < barrier.parties, 'all have come and wait');
        assert.ok(!barrier.broken || barrier.waiting === 0, 'somebody waits at a broken barrier');
        assert.is(waitersOf(barrier), barrier.waiting);
        if (random.chance(0.2)) barrier.abort();
        if (random.chance(0.5)) barrier.reset();
      });

      assert.equal(
        passed,
        passed.map(() => passed[0]),
        'each round lets through one of each number',
      );
      assertNoTrace(barrier);
    }),
  ));

test('under cancellation, a lock goes to its waiters in the order in which they came', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const lock = new Lock();
      const entered: number[] = [];
      let sequence = 0;
      function* enterInOrder() {
        sequence += 1;
        const began = sequence;
        const acquired = yield* attempt(random, (options) => lock.acquire(options), never);
        if (!acquired.completed || !acquired.value) return;
        try {
          entered.push(began);
          yield* sleep(random.int(0, 3));
        } finally {
          lock.release();
        }
      }
      const workers = Array.from({ length: random.int(2, 7) }, () =>
        spawn(() => stubborn(random, random.int(1, 5), enterInOrder)),
      );

      yield* runWorkers(random, workers, () => assertNobodyWaitsInVain(lock));

      assert.equal(
        entered,
        [...entered].sort((a, b) => a - b),
      );
      assertNoTrace(lock);
      assert.is(lock.locked(), false);
    }),
  ));

/** The waiters for something that wakes all of them at once. */
class Waits {
  private readonly waiting = new Map<number, { setAt: number | null }>();
  private readonly served: { batch: number; began: number }[] = [];
  private readonly batches = new Map<number, number>();
  private sequence = 0;
  private sets = 0;

  /** A waiter begins to wait. */
  begin(): number {
    this.sequence += 1;
    this.waiting.set(this.sequence, { setAt: null });
    return this.sequence;
  }

  /** It was set: present waiters continue, unless they were cancelled in this very millisecond. */
  set(): void {
    this.sets += 1;
    for (const [began, wait] of this.waiting) {
      if (wait.setAt !== null) continue;
      wait.setAt = getHub().now();
      this.batches.set(began, this.sets);
    }
  }

  wentOn(began: number): void {
    const batch = this.batches.get(began);
    if (batch !== undefined) this.served.push({ batch, began });
    this.waiting.delete(began);
  }

  gaveUp(began: number): void {
    const wait = this.waiting.get(began);
    this.waiting.delete(began);
    const setAt = wait?.setAt ?? null;
    assert.ok(setAt === null || setAt === getHub().now(), 'a wait was over and was cancelled all the same');
  }

  check(): void {
    assert.is(this.waiting.size, 0);
    const inOrder = [...this.served].sort((a, b) => a.batch - b.batch || a.began - b.began);
    assert.equal(this.served, inOrder, 'waiters go on in the order in which they began to wait');
  }
}

/** One wait, logged. `wasSet` tells from its result whether it was woken. */
function* waitOnce<T>(
  random: Random,
  waits: Waits,
  make: (options?: { timeout?: number }) => Operation<T>,
  wasSet: (value: T) => boolean,
): Coroutine<T | undefined> {
  const began = waits.begin();
  let attempted: Attempt<T> = STOPPED;
  try {
    attempted = yield* attempt(random, make, never);
    return attempted.completed ? attempted.value : undefined;
  } finally {
    if (attempted.completed && wasSet(attempted.value)) waits.wentOn(began);
    else waits.gaveUp(began);
  }
}

test('under cancellation, an event wakes exactly its waiters, in order', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const event = new Event();
      const waits = new Waits();
      const workers = Array.from({ length: random.int(1, 7) }, () =>
        spawn(() =>
          stubborn(random, random.int(1, 5), function* () {
            const before = event.isSet();
            const value = yield* waitOnce(random, waits, (options) => event.wait(options), Boolean);
            if (before && value !== undefined) assert.is(value, true);
          }),
        ),
      );

      yield* runWorkers(random, workers, () => {
        if (random.chance(0.6)) {
          event.set();
          waits.set();
        }
        if (random.chance(0.7)) event.clear();
      });

      waits.check();
      assertNoTrace(event);
    }),
  ));

test('under cancellation, a result reaches exactly its waiters, in order', () =>
  onRandomSchedules(SCHEDULES, (random) =>
    spawn(function* () {
      const result = new AsyncResult<number>();
      const waits = new Waits();
      const failure = random.chance(0.5) ? new RangeError('set') : null;
      const seen = new Set<unknown>();
      const workers = Array.from({ length: random.int(1, 7) }, () =>
        spawn(() =>
          stubborn(random, random.int(1, 4), function* () {
            const value = yield* waitOnce<unknown>(
              random,
              waits,
              random.chance(0.5) ? (options) => caught(result.get(options)) : (options) => result.wait(options),
              (given) => given === 42 || given === failure,
            );
            if (value !== undefined) seen.add(value);
          }),
        ),
      );
      function* settle(): Coroutine<void> {
        yield* sleep(random.int(0, 20));
        if (failure === null) result.set(42);
        else result.setException(failure);
        // A wait() that ends with undefined looks the same as one that timed out.
        if (failure === null) waits.set();
      }
      spawn(settle);

      yield* runWorkers(random, workers, () => {});
      yield* sleep(30);

      waits.check();
      for (const value of seen) assert.is(value, failure ?? 42);
      assertNoTrace(result);
    }),
  ));

/** Runs an operation and returns the RangeError that it throws. */
function caught(op: Operation<number>): Operation<unknown> {
  const body = function* () {
    try {
      return yield* op;
    } catch (error) {
      if (error instanceof RangeError) return error;
      throw error;
    }
  };
  return withTimeout(Infinity, body);
}

test('one seed always makes one and the same schedule', async () => {
  const run = async (): Promise<string[]> => {
    const log: string[] = [];
    await onRandomSchedules(1, (random) =>
      spawn(function* () {
        const queue = new Queue<number>(1);
        const note = (text: string) => log.push(`${getHub().now()} ${text}`);
        const workers = [1, 2, 3, 4].map((id) =>
          spawn(() =>
            stubborn(random, 6, function* () {
              if (id % 2 === 0) {
                yield* attempt(
                  random,
                  (options) => queue.put(id, options),
                  (error) => error instanceof Full,
                );
                note(`${id} put`);
              } else {
                yield* attempt(
                  random,
                  (options) => queue.get(options),
                  (error) => error instanceof Empty,
                );
                note(`${id} got`);
              }
            }),
          ),
        );
        yield* runWorkers(random, workers, () => note(`${queue.qsize()} inside`));
      }),
    );
    return log;
  };

  const first = await run();

  assert.ok(first.length > 0);
  assert.equal(await run(), first);
});

test.run();
