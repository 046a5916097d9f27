import * as assert from 'uvu/assert';
import { Condition, type Coroutine, call, killall, Lock, RLock } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace, waitersOf } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { eventually, inTime, pause, several, sorted } from './steps.ts';

const test = suite('explore/conditions');

/** The bounded buffer of the textbooks: two conditions on one lock, and one notification for each change. */
class Buffer {
  readonly items: number[] = [];
  readonly lock: Lock | RLock;
  readonly notEmpty: Condition;
  readonly notFull: Condition;

  constructor(lock: Lock | RLock) {
    this.lock = lock;
    this.notEmpty = new Condition(lock);
    this.notFull = new Condition(lock);
  }

  /** Calls `done` with the lock held, so that nothing can run in between. */
  *put(item: number, done: () => void): Coroutine<void> {
    using _ = yield* this.lock.hold();
    yield* this.notFull.waitFor(() => this.items.length < 1);
    this.items.push(item);
    done();
    assert.ok(this.items.length <= 1);
    this.notEmpty.notify();
  }

  *get(done: (item: number) => void): Coroutine<void> {
    using _ = yield* this.lock.hold();
    yield* this.notEmpty.waitFor(() => this.items.length > 0);
    done(this.items.shift() as number);
    this.notFull.notify();
  }
}

for (const Kind of [Lock, RLock]) {
  test(`a bounded buffer of a Condition over a ${Kind.name} loses no item and no wake-up`, async () => {
    await exploreMany('a buffer of a Condition', function* (random) {
      const buffer = new Buffer(new Kind());
      const put: number[] = [];
      const got: number[] = [];
      const producers = several(2, function* (number) {
        for (const item of [number * 10, number * 10 + 1]) {
          yield* inTime(
            random,
            call(() => buffer.put(item, () => put.push(item))),
          );
        }
      });
      const consumers = several(2, function* () {
        for (let round = 0; round < 2; round += 1) {
          yield* inTime(
            random,
            call(() => buffer.get((item) => got.push(item))),
          );
        }
      });
      const workers = [...producers, ...consumers];
      const { items, lock, notEmpty, notFull } = buffer;
      const waitingAt = (condition: Condition) => waitersOf(condition) - waitersOf(lock);
      // A greenlet that waits for an available item has missed a wake-up.
      yield* eventually(() => lock.locked() === false && (items.length === 0 || waitingAt(notEmpty) === 0));
      yield* eventually(() => lock.locked() === false && (items.length > 0 || waitingAt(notFull) === 0));
      yield* killall(workers);
      yield* allEnded(workers);
      assert.equal(sorted([...got, ...items]), sorted(put));
      assert.not(lock.locked());
      assertNoTrace(lock, notEmpty, notFull);
    });
  });
}

test('a notification goes to a waiter and is not lost, even if waiters are killed or time out', async () => {
  await exploreMany('notifications of a Condition', function* (random) {
    const condition = new Condition();
    let tokens = 0;
    let taken = 0;
    const workers = several(3, function* () {
      using _ = yield* condition.lock.hold();
      while (tokens === 0) yield* condition.wait();
      tokens -= 1;
      taken += 1;
    });
    const given = random.int(1, 3);
    for (let token = 0; token < given; token += 1) {
      yield* pause(random);
      using _ = yield* condition.lock.hold();
      tokens += 1;
      condition.notify();
    }
    const waiting = () => workers.filter((worker) => !worker.ready());
    yield* eventually(() => tokens === 0 || waiting().length === 0);
    assert.is(taken + tokens, given);
    yield* killall(waiting());
    yield* allEnded(workers);
    assert.not(condition.lock.locked());
    assertNoTrace(condition);
  });
});

test.run();
