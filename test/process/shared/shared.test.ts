import {
  type Coroutine,
  Empty,
  Event,
  type Operation,
  run,
  ShutDown,
  select,
  sleep,
  spawn,
  withTimeout,
} from 'greenhub';
import * as mp from 'greenhub/process';
import * as assert from 'uvu/assert';
import { suite } from '../../support/harness.ts';
import * as targets from '../targets/shared.ts';
import { double } from '../targets/work.js';

const all = suite('process/shared');

type Kind = 'process' | 'thread';

const children: mp.Process[] = [];

function start<A extends unknown[]>(kind: Kind, target: (...args: A) => unknown, ...args: A): mp.Process {
  const child = new mp.Process({ target, args, kind }).start();
  children.push(child);
  return child;
}

type Start = <A extends unknown[]>(target: (...args: A) => unknown, ...args: A) => mp.Process;

/** A test in main, which is the maker, with children of each kind. */
function test(name: string, body: (begin: Start) => Coroutine<void>): void {
  for (const kind of ['thread', 'process'] as const) {
    all(`${name} (${kind})`, () =>
      run(function* () {
        try {
          yield* body((target, ...args) => start(kind, target, ...args));
        } finally {
          yield* endChildren();
        }
      }),
    );
  }
}

function* endChildren(): Coroutine<void> {
  for (const child of children.splice(0)) yield* child.kill();
}

test('a lock excludes greenlets of all threads and processes', function* (begin) {
  const lock = new mp.Lock();
  const cell = new mp.Queue<number>(1);
  yield* cell.put(0);
  const children = [begin(targets.increment, lock, cell, 3, 20), begin(targets.increment, lock, cell, 3, 20)];
  for (let n = 0; n < 20; n += 1) {
    using _ = yield* lock.hold();
    yield* cell.put((yield* cell.get()) + 1);
  }
  for (const child of children) yield* child.get();
  assert.is(yield* cell.get(), 140);
});

for (const Kind of [mp.Lock, mp.RLock]) {
  test(`a ${Kind.name} of a greenlet that ends is handed on, and counts as abandoned until it is released`, function* (begin) {
    const lock = new Kind();
    yield* begin(targets.endHolding, lock).get();

    assert.is(yield* lock.acquire(), true);
    assert.is(lock.abandoned, true);
    lock.release();
    assert.is(lock.abandoned, false);
    yield* lock.acquire();
    assert.is(lock.abandoned, false);
  });
}

/** What a child waits for, and how main ends the wait. */
const awaited = {
  *Lock() {
    const lock = new mp.Lock();
    yield* lock.acquire();
    return { awaited: lock, give: () => lock.release() };
  },
  *Semaphore() {
    const semaphore = new mp.Semaphore(0);
    return { awaited: semaphore, give: () => semaphore.release() };
  },
  *Event() {
    const event = new mp.Event();
    return { awaited: event, give: () => event.set() };
  },
  *Queue() {
    const queue = new mp.Queue<boolean>();
    return { awaited: queue, give: () => queue.put(true) };
  },
};

for (const [name, make] of Object.entries(awaited)) {
  test(`a greenlet that waits for a ${name} does not hold up the others of its thread`, function* (begin) {
    const ticks = new mp.Queue<number>();
    const { awaited, give } = yield* make();
    const child = begin(targets.tickWhileWaiting, awaited, ticks);
    for (let tick = 0; tick < 20; tick += 1) assert.is(yield* ticks.get(), tick);

    const given = give();
    if (given !== undefined) yield* given;

    assert.is(yield* child.get(), true);
  });
}

test('a lock of a child that is killed by force is handed on', function* (begin) {
  const lock = new mp.Lock();
  const held = new mp.Event();
  const child = begin(targets.keepHolding, lock, held);
  yield* held.wait();
  const waiter = spawn(function* () {
    yield* lock.acquire();
    return lock.abandoned;
  });

  yield* child.kill();

  assert.is(yield* waiter, true);
});

test('an item of a getter that is killed by force goes to the next', function* (begin) {
  const queue = new mp.Queue<number>();
  const ready = new mp.Event();
  const child = begin(targets.take, queue, ready);
  yield* ready.wait();

  yield* child.kill();
  yield* queue.put(7);

  assert.is(yield* queue.get(), 7);
});

for (const how of targets.combinations) {
  const begun = function* (begin: Start, goesOn: boolean) {
    const queue = new mp.Queue<number>();
    const [losing, end] = [new mp.Event(), new mp.Event()];
    const child = begin(targets.takeInBranch, how, goesOn, queue, losing, end);
    yield* queue.put(1);
    yield* losing.wait();
    return { queue, losing, end, child };
  };

  test(`an item that a branch of ${how} ends with goes to the next if it is killed by force before the losers have ended`, function* (begin) {
    const { queue, child } = yield* begun(begin, false);
    yield* child.kill();

    assert.is(yield* queue.getNowait(), 1);
  });

  test(`an item of a branch of ${how} that goes on does not come back`, function* (begin) {
    const { queue, child } = yield* begun(begin, true);
    yield* child.kill();

    assert.is(yield* queue.qsize(), 0);
  });

  test(`an item that ${how} has given does not come back`, function* (begin) {
    const { queue, losing, end, child } = yield* begun(begin, false);
    end.set();
    while (yield* losing.isSet()) yield* sleep(0);
    yield* child.kill();

    assert.is(yield* queue.qsize(), 0);
  });
}

all('locks and events ignore arguments, as those of greenhub do', async () => {
  for (const given of [null, 1, {}, 'name']) {
    assert.is(await new mp.Lock(given as never).acquire(), true);
    assert.is(await new mp.RLock(given as never).acquire(), true);
    assert.is(await new mp.Event(given as never).isSet(), false);
  }
});

test('what acts at once has acted if process.exit() follows, and the last item has not come back', function* (begin) {
  const jobs = new mp.JoinableQueue<number>();
  const [lock, done] = [new mp.Lock(), new mp.Event()];
  yield* jobs.put(1);

  yield* begin(targets.finishAndExit, jobs, lock, done).join();

  assert.is(yield* done.isSet(), true);
  assert.is(yield* jobs.qsize(), 0);
  assert.is(yield* jobs.unfinishedTasks(), 0);
  yield* lock.acquire();
  assert.is(lock.abandoned, false);
});

test('a getter that gives up has taken nothing', function* (begin) {
  const queue = new mp.Queue<number>();
  const ready = new mp.Event();
  const child = begin(targets.take, queue, ready);
  yield* ready.wait();
  yield* withTimeout(0, queue.get(), { timeoutValue: null });
  yield* queue.put(8);
  assert.is(yield* child.get(), 8);
});

test('a queue takes what can be copied, and keeps what can not with its sender', function* (begin) {
  const queue = new mp.Queue<unknown>();
  const item = { list: [1, new Map([['key', new Date(5)]])], lock: new mp.Lock(), error: new RangeError('far') };
  yield* begin(targets.call, queue, 'put', item).get();
  const got = (yield* queue.get()) as typeof item;

  assert.equal(got.list, item.list);
  assert.is(got.lock, item.lock);
  assert.instance(got.error, RangeError);
  const error = yield* failing(queue.put({ callback: () => {} }));
  assert.instance(error, TypeError);
  assert.match(String(error), 'item.callback is a function');
  assert.is(yield* queue.qsize(), 0);
});

test('what a method throws elsewhere is thrown to the caller', function* (begin) {
  const queue = new mp.Queue<number>(1);
  assert.instance(yield* failing(begin(targets.call, queue, 'getNowait').get()), Empty);
  queue.shutdown();
  assert.instance(yield* failing(begin(targets.call, queue, 'put', 1).get()), ShutDown);
});

for (const [kind, expected] of [
  ['process', mp.ConnectionLostError],
  ['thread', 'made elsewhere'],
] as const) {
  all(`a queue that a ${kind} has made, after its end`, () =>
    run(function* () {
      const queue = (yield* start(kind, targets.makeQueue).get()) as mp.Queue<string>;
      if (expected === 'made elsewhere') assert.is(yield* queue.get(), expected);
      else assert.instance(yield* failing(queue.get()), expected);
    }),
  );
}

test('a condition wakes a waiter of another process, which then holds the lock', function* (begin) {
  const condition = new mp.Condition();
  const waiting = new mp.Event();
  const child = begin(targets.waitFor, condition, waiting);
  yield* waiting.wait();
  {
    using _ = yield* condition.lock.hold();
    condition.notify();
  }
  assert.is(yield* child.get(), true);
  assert.is(yield* condition.lock.locked(), false);
});

/** Starts a child that waits for a condition. Returns it once it waits. */
function* waiterOf(condition: mp.Condition, begin: Start): Coroutine<mp.Process<unknown>> {
  const waiting = new mp.Event();
  const child = begin(targets.waitFor, condition, waiting);
  yield* waiting.wait();
  // The child releases the lock when it waits.
  using _ = yield* condition.lock.hold();
  return child;
}

test('a notification of a waiter that is killed by force goes to the next waiter', function* (begin) {
  const condition = new mp.Condition();
  const first = yield* waiterOf(condition, begin);
  const second = yield* waiterOf(condition, begin);
  {
    using _ = yield* condition.lock.hold();
    condition.notify();
    yield* first.kill();
  }
  assert.is(yield* second.get({ timeout: 60_000 }), true);
});

test('a waiter of a condition that is killed by force has not abandoned the lock', function* (begin) {
  const condition = new mp.Condition();
  const child = yield* waiterOf(condition, begin);
  yield* child.kill();
  using _ = yield* condition.lock.hold();
  assert.is(condition.lock.abandoned, false);
});

test('a barrier and an event let greenlets of all processes go on', function* (begin) {
  const barrier = new mp.Barrier(3);
  const children = [begin(targets.call, barrier, 'wait'), begin(targets.call, barrier, 'wait')];
  const numbers = [yield* barrier.wait()];
  for (const child of children) numbers.push((yield* child.get()) as number);
  assert.equal(numbers.sort(), [0, 1, 2]);

  const event = new mp.Event();
  const waiter = begin(targets.call, event, 'wait');
  event.set();
  assert.is(yield* waiter.get(), true);
});

test('permits of a BoundedSemaphore come back, those of a Semaphore do not', function* (begin) {
  const bounded = new mp.BoundedSemaphore(1);
  const plain = new mp.Semaphore(1);
  yield* begin(targets.call, bounded, 'acquire').get();
  yield* begin(targets.call, plain, 'acquire').get();
  assert.is(yield* bounded.acquire(), true);
  assert.is(yield* plain.counter(), 0);
});

test('select gives one of two, and the other loses nothing', function* (begin) {
  const [a, b] = [new mp.Queue<string>(), new mp.Queue<string>()];
  yield* begin(targets.call, a, 'put', 'a').get();
  yield* begin(targets.call, b, 'put', 'b').get();
  const first = yield* select({ a: a.get(), b: b.get() });
  const left = (yield* a.qsize()) + (yield* b.qsize());
  assert.is(left, 1);
  assert.ok(first);
});

test('a function inside an item is loaded before the item is used', function* (begin) {
  const queue = new mp.Queue<{ fn: typeof double }>();
  yield* queue.put({ fn: double });
  assert.is(yield* begin(targets.callItem, queue as mp.Queue<never>).get(), 42);
});

test('of three that compete without a pause each gets its turns', function* (begin) {
  const enough = 20;
  const turns = 20_000;
  const args = [new mp.Barrier(3), new mp.Lock(), new mp.Semaphore(turns), new mp.Semaphore(3), enough] as const;
  const children = [begin(targets.compete, ...args), begin(targets.compete, ...args)];

  const own = [yield* targets.compete(...args)];
  for (const child of children) own.push((yield* child.get()) as number);

  for (const share of own) assert.ok(share >= enough, `${own} of ${turns} turns`);
});

test('misuse elsewhere is told to the hub of the caller, and changes nothing', function* (begin) {
  const semaphore = new mp.BoundedSemaphore(1);
  assert.match((yield* begin(targets.releaseTooOften, semaphore).get()) as string, 'already has all of its 1 permits');
  assert.is(yield* semaphore.counter(), 1);
});

/** The error of an operation. */
function* failing(pending: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* pending;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

all('an item that is looked at stays as it is', () =>
  run(function* () {
    const queue = new mp.Queue<{ list: number[]; lock: mp.Lock }>();
    yield* queue.put({ list: [1], lock: new mp.Lock() });
    for (let looks = 0; looks < 2; looks += 1) {
      const { list, lock } = yield* queue.peek();
      assert.equal(list, [1]);
      assert.instance(lock, mp.Lock);
      list.push(2);
    }
    assert.equal((yield* queue.get()).list, [1]);
  }),
);

all('a greenlet ends as usual if what it holds was lost with its maker', () =>
  run(function* () {
    const manager = yield* mp.Manager.start({ kind: 'thread' });
    const held = new Event();
    const lost = new Event();
    const holder = spawn(function* () {
      yield* manager.lock().acquire();
      yield* manager.boundedSemaphore(1).acquire();
      held.set();
      yield* lost.wait();
      return 'ended';
    });
    yield* held.wait();
    yield* manager.shutdown();
    lost.set();
    assert.is(yield* holder, 'ended');
  }),
);

all('functions inside a dict are loaded before they are given', () =>
  run(function* () {
    const manager = yield* mp.Manager.start({ kind: 'thread' });
    const dict = manager.dict({ double });
    assert.equal(yield* start('process', targets.callEntries, dict as mp.DictProxy<string, never>).get(), [2, 4]);
    yield* manager.shutdown();
  }),
);

all.run();
