import * as assert from 'uvu/assert';
import { Event, getHub, joinall, sleep, spawn, wait } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/event');

test('a new event is not set', () => {
  const event = new Event();

  assert.is(event.isSet(), false);
  assert.is(event.ready(), false);
});

test('set() raises the flag and clear() lowers it, both at once and as often as one likes', () => {
  const event = new Event();

  event.set();
  event.set();
  assert.is(event.isSet(), true);
  assert.is(event.ready(), true);

  event.clear();
  event.clear();
  assert.is(event.isSet(), false);
});

test('wait() of an event that is set gives true without letting anybody else run', async () => {
  const event = new Event();
  event.set();
  let othersRan = false;

  const seen = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    const value = yield* event.wait();
    return { value, othersRan };
  });

  assert.equal(seen, { value: true, othersRan: false });
});

test('set() wakes all waiters, in the order in which they came', async () => {
  const event = new Event();
  const woken: string[] = [];
  const waiters = ['a', 'b', 'c'].map((id) =>
    spawn(function* () {
      assert.is(yield* event.wait(), true);
      woken.push(id);
    }),
  );
  await sleep(0);

  event.set();
  await joinall(waiters);

  assert.equal(woken, ['a', 'b', 'c']);
});

test('set() runs no greenlet itself', async () => {
  const event = new Event();
  let woken = false;
  const waiter = spawn(function* () {
    yield* event.wait();
    woken = true;
  });
  await sleep(0);

  event.set();

  assert.is(woken, false);
  await waiter;
});

test('waiters at a set() continue even if it is cleared at once', async () => {
  const event = new Event();
  const waiter = spawn(() => event.wait());
  await sleep(0);

  event.set();
  event.clear();

  assert.is(await waiter, true);
  assertNoTrace(event);
});

test('a wait after clear() lasts until the next set()', async () => {
  const event = new Event();
  event.set();
  event.clear();
  const waiter = spawn(() => event.wait());
  await sleep(0);
  assert.is(waiter.ready(), false);

  event.set();

  assert.is(await waiter, true);
});

test('if a timeout and a set() come at the same time, the timer that was started first decides', () =>
  onVirtualTime(async () => {
    const event = new Event();
    const waiter = spawn(() => event.wait({ timeout: 5 }));
    spawn(function* () {
      yield* sleep(5);
      event.set();
    });

    // Both timers are due at 5, and the timer of the wait was started first.
    assert.is(await waiter, false);

    assert.is(getHub().now(), 5);
    assertNoTrace(event);
  }));

test("the hub's wait() reports that an event is set, and watching leaves nothing behind", () =>
  onVirtualTime(async () => {
    const first = new Event();
    const second = new Event();
    spawn(function* () {
      yield* sleep(3);
      second.set();
    });

    assert.equal(await wait([first, second], { count: 1 }), [second]);

    assertNoTrace(first, second);
  }));

test('each event has a name of its own, which can be changed', () => {
  const event = new Event();

  assert.is.not(event.name, new Event().name);

  event.name = 'green light';
  assert.is(event.name, 'green light');
});

test.run();
