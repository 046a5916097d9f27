import { EventEmitter } from 'node:events';
import * as assert from 'uvu/assert';
import { WaitQueue } from '../../lib/hub/loop/wait-queue.ts';
import {
  Event,
  getHub,
  killall,
  Lock,
  Queue,
  type RawGreenlet,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { assertNoLeaks, LeakError, VirtualClock } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/assert-no-leaks');
const hub = getHub();

async function leaksOf(body: () => unknown, options?: Parameters<typeof assertNoLeaks>[1]): Promise<readonly string[]> {
  const error = await failureOf(assertNoLeaks(body, options));
  assert.instance(error, LeakError);
  for (const leak of (error as LeakError).leaks) assert.match((error as LeakError).message, leak);
  return (error as LeakError).leaks;
}

test('a body that leaves nothing gives its value', async () => {
  const value = await assertNoLeaks(function* () {
    const queue = new Queue<number>(1);
    const lock = new Lock();
    const getter = spawn(() => queue.get({ timeout: 1_000 }));
    yield* sleep(0);
    queue.putNowait(42);
    {
      using _ = yield* lock.hold();
      yield* sleep(1);
    }
    return yield* getter;
  });

  assert.is(value, 42);
});

test('killed greenlets may end first', async () => {
  await assertNoLeaks(function* () {
    const lock = new Lock();
    yield* lock.acquire();
    const waiter = spawn(() => lock.acquire({ timeout: 1_000 }));
    yield* sleep(0);
    waiter.kill();
  });
});

test('a greenlet that has not ended is named, with its wait', async () => {
  const queue = new Queue<number>();
  let left: RawGreenlet | undefined;

  const leaks = await leaksOf(() => {
    left = spawn(function getter() {
      return queue.get();
    });
  });

  assert.is(leaks.length, 1);
  assert.match(leaks[0] as string, (left as RawGreenlet).name);
  assert.match(leaks[0] as string, queue.name);
  await killall([left as never]);
});

test('a sleeping greenlet is named', async () => {
  using _ = VirtualClock.install({ autojump: false });
  const nappers: ReturnType<typeof spawn>[] = [];

  const leaks = await leaksOf(() => {
    nappers.push(spawn(() => sleep(60_000)));
  });

  assert.is(leaks.length, 1);
  assert.match(leaks[0] as string, 'sleep(60000)');
  await killall(nappers);
});

test('an abandoned timer is found', async () => {
  using clock = VirtualClock.install({ autojump: false });
  let timeout: Timeout | undefined;

  const leaks = await leaksOf(function* () {
    const starter = spawn(() => {
      timeout = Timeout.startNew(60_000);
    });
    yield* starter;
  });

  assert.equal(leaks, ['a Timeout among the timers']);
  timeout?.close();
  await clock.advance(0);
});

test('a waiter is found that stands in line although its greenlet waits no more', async () => {
  const line = new WaitQueue();
  const event = new Event();

  const leaks = await leaksOf(function* () {
    // Like a faulty operation, which watches and never stops watching.
    event.watch({ queue: null, before: null, after: null, notify: () => {} });
    line.push({ queue: null, before: null, after: null, notify: () => {} });
    yield* sleep(0);
  });

  assert.equal(leaks, ['a Object in a wait queue', 'a Object in a wait queue']);
});

test('listeners of the process are found', async () => {
  const listener = (): void => {};

  const leaks = await leaksOf(() => {
    process.on('warning', listener);
  });

  process.off('warning', listener);
  assert.is(leaks.length, 1);
  assert.match(leaks[0] as string, "1 listeners of 'warning' on process");
});

test('new listeners on a given emitter are found, and older ones are not', async () => {
  const emitter = new EventEmitter();
  emitter.on('old', () => {});
  const event = Symbol('new');

  const leaks = await leaksOf(
    () => {
      emitter.on(event, () => {});
      emitter.on(event, () => {});
    },
    { emitters: [emitter] },
  );

  assert.equal(leaks, ["2 listeners of 'Symbol(new)' on EventEmitter"]);
  await assertNoLeaks(() => {}, { emitters: [emitter] });
});

test('an emitter that is not given is not looked at', async () => {
  const emitter = new EventEmitter();

  await assertNoLeaks(() => {
    emitter.on('event', () => {});
  });
});

test('anything that existed before does not count', async () => {
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  await assertNoLeaks(function* () {
    yield* sleep(0);
  });

  await getter.kill();
});

test('a greenlet that existed before may begin to wait with a time limit', async () => {
  using clock = VirtualClock.install({ autojump: false });
  const queue = new Queue<number>();
  const before = [
    spawn(function* () {
      for (;;) yield* queue.get({ timeout: 1_000 });
    }),
    spawn(function* () {
      for (;;) yield* withTimeout(1_000, queue.get());
    }),
    spawn(function* () {
      for (;;) {
        using _ = Timeout.startNew(1_000);
        yield* queue.get();
      }
    }),
  ];
  await sleep(0);

  await assertNoLeaks(() => {
    for (const item of before.keys()) queue.putNowait(item);
  });

  await killall(before);
  await clock.advance(0);
});

test('nested calls each find the leaks of their own body', async () => {
  const queue = new Queue<number>();
  let getter: ReturnType<typeof spawn> | undefined;
  let inner: unknown;

  const outer = await failureOf(
    assertNoLeaks(function* () {
      try {
        yield* assertNoLeaks(() => {
          getter = spawn(() => queue.get());
        });
      } catch (error) {
        inner = error;
      }
    }),
  );

  assert.instance(inner, LeakError);
  assert.instance(outer, LeakError);
  assert.equal((inner as LeakError).leaks, (outer as LeakError).leaks);
  await getter?.kill();
});

test('several at once do not disturb each other', async () => {
  const queue = new Queue<number>();

  await Promise.all([assertNoLeaks(() => sleep(2)), assertNoLeaks(() => sleep(1))]);
  // Both have ended, and the queues are restored.
  const getter = spawn(() => queue.get());
  await sleep(0);
  queue.putNowait(1);

  assert.is(await getter, 1);
});

test('the wait for a greenlet that asserts is not a leak', async () => {
  const job = spawn(() => assertNoLeaks(() => sleep(1)));

  await job;

  assert.ok(job.successful());
});

test('the methods of wait queues are always restored', async () => {
  const { push, insertAfter, remove } = WaitQueue.prototype;
  const boom = new Error('boom');

  const raised = await failureOf(
    assertNoLeaks(() => {
      throw boom;
    }),
  );
  await assertNoLeaks(() => sleep(1));
  const killed = spawn(() => assertNoLeaks(() => sleep(1_000)));
  await sleep(0);
  await killed.kill();

  assert.is(raised, boom);
  assert.is(WaitQueue.prototype.push, push);
  assert.is(WaitQueue.prototype.insertAfter, insertAfter);
  assert.is(WaitQueue.prototype.remove, remove);
  assert.is(hub.timers.size, 0);
});

test('a value that is not a body throws a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => assertNoLeaks(42 as never)),
    TypeError,
  );
});

test('emitters that are no list throw a TypeError at the caller', () => {
  const error = thrownBy(() => assertNoLeaks(() => {}, { emitters: new EventEmitter() as never }));

  assert.is(String(error), 'TypeError: assertNoLeaks(): emitters must be a list, not an EventEmitter');
});

test('main code that still waits for something is found', async () => {
  const queue = new Queue<number>();

  const error = await failureOf(
    assertNoLeaks(async () => {
      void queue.get().then(() => {});
    }),
  );
  queue.putNowait(1);

  assert.match(String(error), 'greenlet main, which waits for an item of Queue');
});

test.run();
