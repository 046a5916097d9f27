import * as assert from 'uvu/assert';
import { AsyncResult, GreenletExit, getHub, joinall, sleep, spawn, Timeout, wait } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('sync/async-result');

test('a new result holds nothing', () => {
  const result = new AsyncResult<number>();

  assert.is(result.ready(), false);
  assert.is(result.successful(), false);
  assert.is(result.value, undefined);
  assert.is(result.exception, null);
});

test('a value that is set can be seen at once', () => {
  const result = new AsyncResult<number>();

  result.set(42);

  assert.is(result.ready(), true);
  assert.is(result.successful(), true);
  assert.is(result.value, 42);
  assert.is(result.exception, null);
  assert.is(result.getNowait(), 42);
});

test('an exception that is set can be seen at once', () => {
  const result = new AsyncResult<number>();
  const error = new Error('set');

  result.setException(error);

  assert.is(result.ready(), true);
  assert.is(result.successful(), false);
  assert.is(result.value, undefined);
  assert.is(result.exception, error);
  assert.is(
    thrownBy(() => result.getNowait()),
    error,
  );
});

test('undefined is a value like any other', async () => {
  const result = new AsyncResult<undefined>();

  result.set(undefined);

  assert.is(result.successful(), true);
  assert.is(await result.get(), undefined);
});

test('getNowait() throws Timeout where nothing is set yet', () => {
  const result = new AsyncResult<number>();

  assert.instance(
    thrownBy(() => result.getNowait()),
    Timeout,
  );
});

test('get() throws the exception that was set itself, to every present and later waiter', async () => {
  const result = new AsyncResult<number>();
  const error = new Error('set');
  const waiters = [spawn(() => outcomeOf(result.get())), spawn(() => outcomeOf(result.get()))];
  await sleep(0);

  result.setException(error);

  for (const waiter of waiters) assert.is((await waiter).error, error);
  assert.is(await failureOf(result.get()), error);
});

test('wait() gives the value', async () => {
  const result = new AsyncResult<number>();
  const waiter = spawn(() => result.wait());
  await sleep(0);

  result.set(42);

  assert.is(await waiter, 42);
  assert.is(await result.wait(), 42);
});

test('wait() gives undefined where an exception is set, and throws nothing', async () => {
  const result = new AsyncResult<number>();
  const waiter = spawn(() => result.wait());
  await sleep(0);

  result.setException(new Error('set'));

  assert.is(await waiter, undefined);
  assert.is(await result.wait(), undefined);
});

test('a Timeout of get() names its time and the result', () =>
  onVirtualTime(async () => {
    const result = new AsyncResult<number>();

    const { error } = await spawn(() => outcomeOf(result.get({ timeout: 10 })));

    assert.ok(error instanceof Timeout);
    assert.is(error.ms, 10);
    assert.match(error.message, new RegExp(result.name));
  }));

test('set() wakes getters, waiters and links in the order in which they came', async () => {
  const result = new AsyncResult<number>();
  const order: string[] = [];
  const getter = spawn(function* () {
    yield* result.get();
    order.push('get');
  });
  await sleep(0);
  result.link(() => order.push('link'));
  const waiter = spawn(function* () {
    yield* result.wait();
    order.push('wait');
  });
  await sleep(0);

  result.set(1);
  await joinall([getter, waiter]);
  await sleep(0);

  assert.equal(order, ['get', 'link', 'wait']);
});

test('set() runs no greenlet itself', async () => {
  const result = new AsyncResult<number>();
  let called = 0;
  result.link(() => {
    called += 1;
  });

  result.set(1);

  assert.is(called, 0);
  await sleep(0);
  assert.is(called, 1);
});

test('a waiter woken by the first value gets that value, even if another is set before it runs', async () => {
  const result = new AsyncResult<string>();
  const getter = spawn(() => result.get());
  const waiter = spawn(() => result.wait());
  await sleep(0);

  result.set('first');
  result.set('second');

  assert.is(await getter, 'first');
  assert.is(await waiter, 'first');
  assert.is(await result.get(), 'second');
});

test('an exception after a value replaces it for later readers, and vice versa', () => {
  const result = new AsyncResult<number>();
  result.set(1);
  result.setException(new Error('set'));
  assert.is(result.successful(), false);
  assert.is(result.value, undefined);

  result.set(2);

  assert.is(result.successful(), true);
  assert.is(result.value, 2);
  assert.is(result.exception, null);
});

test('a link is called once, with the result', async () => {
  const result = new AsyncResult<number>();
  const calls: unknown[] = [];
  result.link((source) => calls.push(source));

  result.set(1);
  result.set(2);
  await sleep(0);

  assert.equal(calls, [result]);
});

test('a link to a result that is set already is called soon, but not at once', async () => {
  const result = new AsyncResult<number>();
  result.set(1);
  const calls: number[] = [];

  result.link(({ value }) => calls.push(value as number));

  assert.equal(calls, []);
  await sleep(0);
  assert.equal(calls, [1]);
});

test('a link is called for an exception as well', async () => {
  const result = new AsyncResult<number>();
  const error = new Error('set');
  const calls: unknown[] = [];
  result.link(({ exception }) => calls.push(exception));

  result.setException(error);
  await sleep(0);

  assert.equal(calls, [error]);
});

test('a link that is a generator function may block', () =>
  onVirtualTime(async () => {
    const result = new AsyncResult<number>();
    const ends: number[] = [];
    result.link(function* () {
      yield* sleep(5);
      ends.push(getHub().now());
    });

    result.set(1);
    await sleep(10);

    assert.equal(ends, [5]);
  }));

test('unlink() takes back one link of a callback and no other', async () => {
  const result = new AsyncResult<number>();
  const calls: string[] = [];
  const twice = () => calls.push('twice');
  const other = () => calls.push('other');
  result.link(twice);
  result.link(other);
  result.link(twice);

  result.unlink(twice);
  result.unlink(() => {});
  result.set(1);
  await sleep(0);

  assert.equal(calls, ['other', 'twice']);
  assertNoTrace(result);
});

test('a link callback that throws is reported, and the other links still run', async ({ reported }) => {
  const result = new AsyncResult<number>();
  const error = new Error('in a link');
  const calls: number[] = [];
  result.link(() => {
    throw error;
  });
  result.link(({ value }) => calls.push(value as number));

  result.set(1);
  await reportsMade();

  assert.equal(calls, [1]);
  assert.equal(
    reported.splice(0).map((report) => report.error),
    [error],
  );
});

test('link() takes functions and results, and refuses all else at the caller', () => {
  const result = new AsyncResult<number>();

  assert.instance(
    thrownBy(() => result.link(1 as never)),
    TypeError,
  );
  assert.instance(
    thrownBy(() => result.link(undefined as never)),
    TypeError,
  );
});

test('a result linked to a greenlet is set from its value', async () => {
  const result = new AsyncResult<number>();

  spawn(() => 42).link(result);

  assert.is(await result.get(), 42);
});

test('a result linked to a greenlet is set from its exception, which is thereby taken', async () => {
  const result = new AsyncResult<number>();
  const error = new Error('failed');

  spawn((): number => {
    throw error;
  }).link(result);

  assert.is(await failureOf(result.get()), error);
});

test('a result linked to a greenlet that is killed holds its exit', async () => {
  const result = new AsyncResult<void>();
  const sleeper = spawn(() => sleep(Infinity));
  sleeper.link(result);

  sleeper.kill();

  assert.is(await result.wait(), undefined);
  assert.ok(result.exception instanceof GreenletExit);
});

test('results can be chained', async () => {
  const first = new AsyncResult<number>();
  const second = new AsyncResult<number>();
  first.link(second);

  first.set(42);

  assert.is(await second.get(), 42);
});

test('an exception that no greenlet gets is not an error of the hub', async () => {
  new AsyncResult<number>().setException(new Error('never looked at'));

  await sleep(1);
});

test("the hub's wait() reports that a result is set, and watching leaves nothing behind", async () => {
  const first = new AsyncResult<number>();
  const second = new AsyncResult<number>();
  spawn(() => second.setException(new Error('set')));

  assert.equal(await wait([first, second], { count: 1 }), [second]);

  assertNoTrace(first, second);
});

test.run();
