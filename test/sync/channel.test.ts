import * as assert from 'uvu/assert';
import {
  Channel,
  Empty,
  Event,
  Full,
  forEach,
  type Greenlet,
  joinall,
  race,
  ShutDown,
  sleep,
  spawn,
  wait,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/channel');

test('a channel holds nothing: it is always both empty and full', async () => {
  const channel = new Channel<number>();
  assert.equal([channel.qsize(), channel.empty(), channel.full(), channel.maxsize], [0, true, true, 0]);
  const putter = spawn(() => channel.put(1));
  await sleep(0);

  assert.equal([channel.qsize(), channel.empty(), channel.full()], [0, true, true]);

  assert.is(channel.getNowait(), 1);
  await putter;
});

test('put() waits until a getter takes the item', async () => {
  const channel = new Channel<string>();
  const putter = spawn(() => channel.put('item'));
  await sleep(0);
  assert.is(putter.ready(), false);

  assert.is(await channel.get(), 'item');

  await putter;
  assertNoTrace(channel);
});

test('get() waits until a putter comes, which then need not wait', async () => {
  const channel = new Channel<string>();
  const getter = spawn(() => channel.get());
  await sleep(0);
  let othersRan = false;

  const ranMeanwhile = await spawn(function* () {
    spawn(() => {
      othersRan = true;
    });
    yield* channel.put('item');
    return othersRan;
  });

  assert.is(ranMeanwhile, false);
  assert.is(await getter, 'item');
});

test('putters meet getters one to one, each in the order in which they came', async () => {
  const channel = new Channel<number>();
  const putters = [1, 2, 3].map((item) => spawn(() => channel.put(item)));
  await sleep(0);

  const getters = [1, 2, 3].map(() => spawn(() => channel.get()));

  assert.equal(await Promise.all(getters), [1, 2, 3]);
  await joinall(putters);
  assertNoTrace(channel);
});

test('a producer is never more than one item ahead of its consumer', () =>
  onVirtualTime(async () => {
    const channel = new Channel<number>();
    const log: string[] = [];
    spawn(function* () {
      for (const item of [1, 2, 3]) {
        yield* channel.put(item);
        log.push(`put ${item}`);
      }
      channel.shutdown();
    });

    await forEach(channel, function* (item) {
      yield* sleep(10);
      log.push(`used ${item}`);
    });

    assert.equal(log, ['put 1', 'used 1', 'put 2', 'used 2', 'put 3', 'used 3']);
  }));

test('putNowait() needs a waiting getter; without one it throws Full, which says so', async () => {
  const channel = new Channel<number>();

  const error = thrownBy(() => channel.putNowait(1));
  assert.ok(error instanceof Full);
  assert.match(error.message, new RegExp(`${channel.name}.*put\\(\\)`));

  const getter = spawn(() => channel.get());
  await sleep(0);
  channel.putNowait(2);
  assert.instance(
    thrownBy(() => channel.putNowait(3)),
    Full,
    'the getter has its item',
  );
  assert.is(await getter, 2);
});

test('putNowait() to a peeker alone throws Full, and the peeker has seen nothing', async () => {
  const channel = new Channel<number>();
  const peeker = spawn(() => channel.peek());
  await sleep(0);

  assert.instance(
    thrownBy(() => channel.putNowait(1)),
    Full,
  );
  await sleep(0);

  assert.is(peeker.ready(), false);
  await peeker.kill();
});

test('getNowait() and peekNowait() need a waiting putter, and throw Empty without one', async () => {
  const channel = new Channel<number>();
  for (const call of [() => channel.getNowait(), () => channel.peekNowait()]) assert.instance(thrownBy(call), Empty);

  const putter = spawn(() => channel.put(1));
  await sleep(0);

  assert.is(channel.peekNowait(), 1);
  assert.is(channel.getNowait(), 1);
  await putter;
});

test('peek() shows the item of the first putter, which continues to wait', async () => {
  const channel = new Channel<number>();
  const putters = [spawn(() => channel.put(1)), spawn(() => channel.put(2))];
  await sleep(0);

  assert.equal([await channel.peek(), await channel.peek()], [1, 1]);
  assert.is(putters[0]?.ready(), false);

  assert.equal([await channel.get(), await channel.get()], [1, 2]);
  await joinall(putters);
});

test('all waiting peekers see the item of the next putter, which continues to wait', async () => {
  const channel = new Channel<number>();
  const peekers = [spawn(() => channel.peek()), spawn(() => channel.peek({ timeout: 1_000 }))];
  await sleep(0);

  const putter = spawn(() => channel.put(1));

  assert.equal(await Promise.all(peekers), [1, 1]);
  assert.is(putter.ready(), false);
  assert.is(channel.getNowait(), 1);
  await putter;
  assertNoTrace(channel);
});

test('waiting peekers do not see an item that goes directly to a getter, but the next one', async () => {
  const channel = new Channel<number>();
  const peeker = spawn(() => channel.peek());
  const getter = spawn(() => channel.get());
  await sleep(0);

  channel.putNowait(1);
  assert.is(await getter, 1);
  assert.is(peeker.ready(), false);
  const putter = spawn(() => channel.put(2));

  assert.is(await peeker, 2);
  await putter.kill();
});

test('a killed putter has put nothing: the next getter gets the item of the next putter', async () => {
  const channel = new Channel<number>();
  const killed = spawn(() => channel.put(1));
  const next = spawn(() => channel.put(2));
  await sleep(0);

  killed.kill();

  assert.is(channel.getNowait(), 2);
  await next;
  assert.is(killed.successful(), false);
  assertNoTrace(channel);
});

test('a killed getter has taken nothing: the putter continues to wait', async () => {
  const channel = new Channel<number>();
  const killed = spawn(() => channel.get());
  await sleep(0);

  killed.kill();
  const putter = spawn(() => channel.put(1));
  await sleep(0);

  assert.is(putter.ready(), false);
  assert.is(channel.getNowait(), 1);
  await putter;
});

test('a putter and a getter that have met both continue, even if one is killed right after', async () => {
  const channel = new Channel<number>();
  const getter = spawn(() => channel.get());
  await sleep(0);

  channel.putNowait(1);
  getter.kill();

  assert.is(await getter, 1);
});

test('a put that runs out of time throws Full, and has put nothing', () =>
  onVirtualTime(async () => {
    const channel = new Channel<number>();

    const error = await failureOf(channel.put(1, { timeout: 5 }));

    assert.ok(error instanceof Full);
    assert.match(error.message, channel.name);
    assert.is(channel.ready(), false);
    assertNoTrace(channel);
  }));

test('two greenlets that put and get in turn make no deadlock of one channel each way', async () => {
  const there = new Channel<number>();
  const back = new Channel<number>();
  spawn(function* () {
    yield* forEach(there, function* (item) {
      yield* back.put(item * 10);
    });
    back.shutdown();
  });
  const got: number[] = [];

  await spawn(function* () {
    for (const item of [1, 2, 3]) {
      yield* there.put(item);
      got.push(yield* back.get());
    }
    there.shutdown();
  });

  assert.equal(got, [10, 20, 30]);
});

test('shutdown() wakes waiting putters, getters and peekers with ShutDown, and stops their timers', async () => {
  const withPutters = new Channel<number>();
  const withTakers = new Channel<number>();
  const waiters = [
    spawn(() => outcomeOf(withPutters.put(1))),
    spawn(() => outcomeOf(withPutters.put(2, { timeout: 1_000 }))),
    spawn(() => outcomeOf(withTakers.get({ timeout: 1_000 }))),
    spawn(() => outcomeOf(withTakers.get())),
    spawn(() => outcomeOf(withTakers.peek({ timeout: 1_000 }))),
    spawn(() => outcomeOf(withTakers.peek())),
  ];
  await sleep(0);

  withPutters.shutdown();
  withTakers.shutdown();

  for (const waiter of waiters) assert.instance((await waiter).error, ShutDown);
  assertNoTrace(withPutters, withTakers);
});

test('after shutdown() every call raises ShutDown', async () => {
  const channel = new Channel<number>();

  channel.shutdown({ immediate: true });

  for (const op of [channel.put(1), channel.get(), channel.peek(), channel.get({ timeout: 0 })]) {
    assert.instance(await failureOf(op), ShutDown);
  }
  for (const call of [() => channel.putNowait(1), () => channel.getNowait(), () => channel.peekNowait()]) {
    assert.instance(thrownBy(call), ShutDown);
  }
  assert.equal(await channel.next(), { done: true, value: undefined });
  assert.is(channel.ready(), true);
});

test('a hand-over that came before the shutdown() stands', async () => {
  const channel = new Channel<number>();
  const getter = spawn(() => channel.get());
  await sleep(0);
  channel.putNowait(1);

  channel.shutdown();

  assert.is(await getter, 1);
});

test('iterating with for await takes items until the shutdown', async () => {
  const channel = new Channel<number>();
  spawn(function* () {
    for (const item of [1, 2, 3]) yield* channel.put(item);
    channel.shutdown();
  });
  const got: number[] = [];

  for await (const item of channel) got.push(item);

  assert.equal(got, [1, 2, 3]);
  assertNoTrace(channel);
});

test("the hub's wait() reports a waiting putter, and takes nothing", async () => {
  const channel = new Channel<number>();
  const watching = spawn(() => wait([channel]));
  await sleep(0);
  assert.is(watching.ready(), false);

  const putter = spawn(() => channel.put(1));

  assert.equal(await watching, [channel]);
  assert.equal(await wait([channel]), [channel]);
  assert.is(putter.ready(), false);
  assert.is(channel.getNowait(), 1);
  await putter;
  assertNoTrace(channel);
});

test('the item of a putter that has stood aside in a race() is seen once it is back in line', async () => {
  const channel = new Channel<number>();
  const green = new Event();
  const watchers: Greenlet[] = [];
  const racing = spawn(() =>
    race([
      channel.put(1),
      function* () {
        yield* green.wait();
        // In the turn of this branch the putter stands aside, so there is no item.
        assert.is(channel.ready(), false);
        watchers.push(
          spawn(() => channel.peek()),
          spawn(() => wait([channel])),
        );
        yield* sleep(0);
        yield* sleep(Infinity);
      },
    ]),
  );
  await sleep(0);
  green.set();
  await racing.join({ timeout: 1 });

  const seen = await joinall(watchers, { timeout: 60_000 });

  assert.equal(
    seen.map(({ value }) => value),
    [1, [channel]],
  );
  await racing.kill();
  assertNoTrace(channel);
});

test("the hub's wait() reports that a channel is shut down", async () => {
  const channel = new Channel<number>();
  const watching = spawn(() => wait([channel]));
  await sleep(0);

  channel.shutdown();

  assert.equal(await watching, [channel]);
});

test('an item that goes directly to a getter does not wake watchers of the channel', async () => {
  const channel = new Channel<number>();
  const watching = spawn(() => wait([channel]));
  const getter = spawn(() => channel.get());
  await sleep(0);

  channel.putNowait(1);
  await getter;

  assert.is(watching.ready(), false);
  await watching.kill();
  assertNoTrace(channel);
});

test.run();
