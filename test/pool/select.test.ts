import * as assert from 'uvu/assert';
import { Event, getHub, Queue, type Selected, select, sleep, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/select');

test('select() gives the key and the value of the winner', () =>
  onVirtualTime(async () => {
    const jobs = new Queue<string>();
    const stopped = new Event();
    const cases = () => ({ job: jobs.get(), stop: stopped.wait(), late: sleep(100) });
    spawn(function* () {
      yield* sleep(10);
      yield* jobs.put('a job');
    });

    assert.equal(await spawn(() => select(cases())), { key: 'job', value: 'a job' });
    assert.equal(await spawn(() => select(cases())), { key: 'late', value: undefined });
    stopped.set();
    assert.equal(await spawn(() => select(cases())), { key: 'stop', value: true });

    assert.is(getHub().now(), 110);
    assertNoTrace(jobs, stopped);
  }));

test('select() throws the error of the first to end', async () => {
  const error = new RangeError('no');

  const outcome = await spawn(() =>
    outcomeOf(
      select({
        slow: sleep(Infinity),
        failing: function* () {
          yield* sleep(0);
          throw error;
        },
      }),
    ),
  );

  assert.is(outcome.error, error);
});

test('of several that need not wait the first in the object wins', async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);

  assert.equal(await select({ b: queue.get(), a: () => 2 }), { key: 'b', value: 1 });
  assert.equal(await select({ b: () => 2, a: queue.get({ timeout: 0 }) }), { key: 'b', value: 2 });
});

test('select() takes functions, operations, promises and greenlets', async () => {
  const never = sleep(Infinity);

  assert.equal(await select({ never, of: async () => 1 }), { key: 'of', value: 1 });
  assert.equal(await select({ never, of: Promise.resolve(2) }), { key: 'of', value: 2 });
  assert.equal(await select({ never, of: spawn(() => 3) }), { key: 'of', value: 3 });
  assert.equal(await select({ never, of: () => sleep(0) }), { key: 'of', value: undefined });
});

test('a select() in a loop takes available items, case by case, and loses none', () =>
  onVirtualTime(async () => {
    const letters = new Queue<string>();
    const numbers = new Queue<number>();
    const stop = new Event();
    const cases = { letter: letters.get(), number: numbers.get(), stop: stop.wait() };
    const next = select(cases);
    const seen: unknown[] = [];
    const worker = spawn(function* () {
      for (;;) {
        const selected: Selected<typeof cases> = yield* next;
        if (selected.key === 'stop') return;
        seen.push(selected.value);
      }
    });
    await sleep(1);

    for (const item of ['a', 'b']) letters.putNowait(item);
    numbers.putNowait(1);
    await sleep(1);
    numbers.putNowait(2);
    stop.set();
    await worker;

    assert.equal(seen, ['a', 'b', 1, 2]);
    assertNoTrace(letters, numbers, stop);
  }));

test('an object as the value of a case is not changed', async () => {
  const value = { any: 'object' };

  const selected = await select({ it: () => value });

  assert.is(selected.value, value);
});

test('select() refuses an object without cases, at the call, because it would never end', () => {
  assert.instance(
    thrownBy(() => select({})),
    RangeError,
  );
});

test('select() refuses a value that is not an object of operations, at the call', () => {
  for (const bad of [undefined, null, 1, 'text', [sleep(1)], () => sleep(1), { a: 1 }, { a: sleep(1), b: undefined }]) {
    assert.instance(
      thrownBy(() => select(bad as never)),
      TypeError,
    );
  }
});

test('select() refuses an operation, a Map and a Set, at the call, because it would not see their cases', () => {
  for (const bad of [sleep(1), new Map([['a', sleep(1)]]), new Set([sleep(1)])]) {
    const error = thrownBy(() => select(bad as never));
    assert.ok(error instanceof TypeError || error instanceof RangeError);
  }
});

test.run();
