import * as assert from 'uvu/assert';
import { BoundedSemaphore, type Coroutine, call, Lock, RLock, Semaphore, sleep, withTimeout } from '../../lib/index.ts';
import type { Random } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { inTime, pause, several } from './steps.ts';

const test = suite('explore/locks');

/** A place that only a limited number of greenlets may be in at once. */
class Room {
  inside = 0;
  visits = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  *visit(random: Random): Coroutine<void> {
    this.inside += 1;
    this.visits += 1;
    assert.ok(this.inside <= this.most, `${this.inside} are inside`);
    try {
      yield* pause(random);
      yield* sleep(0);
    } finally {
      this.inside -= 1;
    }
  }
}

type Way = (random: Random, lock: Lock | RLock | Semaphore, room: Room) => Coroutine<void>;

/** Ways to hold it that always release it. */
const ways: Way[] = [
  function* holding(random, lock, room) {
    using _ = yield* lock.hold();
    yield* room.visit(random);
  },
  function* holdingInTime(random, lock, room) {
    const visit = call(function* () {
      using _ = yield* lock.hold();
      yield* room.visit(random);
    });
    yield* inTime(random, visit);
  },
  function* acquiring(random, lock, room) {
    const acquired = yield* lock.acquire({ timeout: random.pick([0, 1, 2, Infinity]) });
    if (!acquired) return;
    try {
      yield* room.visit(random);
    } finally {
      lock.release();
    }
  },
  function* acquiringInTime(random, lock, room) {
    const acquired = yield* inTime(random, lock.acquire());
    if (acquired === null) return;
    try {
      yield* room.visit(random);
    } finally {
      lock.release();
    }
  },
];

function* visitor(random: Random, lock: Lock | RLock | Semaphore, room: Room): Coroutine<void> {
  for (let round = 0; round < 2; round += 1) {
    yield* pause(random);
    yield* random.pick(ways)(random, lock, room);
  }
}

for (const Kind of [Lock, RLock]) {
  test(`a ${Kind.name} has one holder at a time, and none in the end`, async () => {
    await exploreMany('each kind of lock', function* (random) {
      const lock = new Kind();
      const room = new Room(1);
      yield* allEnded(several(3, () => visitor(random, lock, room)));
      assert.is(room.inside, 0);
      assert.not(lock.locked());
      assertNoTrace(lock);
    });
  });
}

test('an RLock that is held twice is released twice, whenever its holder is killed', async () => {
  await exploreMany('a recursive RLock', function* (random) {
    const lock = new RLock();
    const room = new Room(1);
    const workers = several(3, function* () {
      using _outer = yield* lock.hold();
      yield* pause(random);
      const twice = call(function* () {
        using _inner = yield* lock.hold();
        yield* room.visit(random);
      });
      yield* inTime(random, twice);
      assert.ok(lock.locked());
      yield* room.visit(random);
    });
    yield* allEnded(workers);
    assert.is(room.inside, 0);
    assert.not(lock.locked());
    assertNoTrace(lock);
  });
});

for (const Kind of [Semaphore, BoundedSemaphore]) {
  test(`no more than its number hold a ${Kind.name}, and all are given back`, async () => {
    await exploreMany('each kind of semaphore', function* (random) {
      const semaphore = new Kind(2);
      const room = new Room(2);
      yield* allEnded(several(4, () => visitor(random, semaphore, room)));
      assert.is(room.inside, 0);
      assertNoTrace(semaphore);
      const free = yield* countFree(semaphore);
      assert.is(free, 2);
    });
  });
}

function* countFree(semaphore: Semaphore): Coroutine<number> {
  let free = 0;
  while (yield* semaphore.acquire({ blocking: false })) free += 1;
  return free;
}

test('locks taken in one order never wait for each other', async () => {
  await exploreMany('locks in one order', function* (random) {
    const locks = [new Lock(), new RLock(), new Semaphore(1)] as const;
    const room = new Room(1);
    const workers = several(3, function* () {
      const nested = call(function* () {
        using _first = yield* locks[0].hold();
        yield* pause(random);
        using _second = yield* locks[1].hold();
        using _third = yield* locks[2].hold();
        yield* room.visit(random);
      });
      if (random.chance(0.5)) yield* nested;
      else yield* withTimeout(random.int(0, 4), nested, { timeoutValue: undefined });
    });
    yield* allEnded(workers);
    for (const lock of locks) assert.not(lock.locked());
    assertNoTrace(...locks);
  });
});

test.run();
