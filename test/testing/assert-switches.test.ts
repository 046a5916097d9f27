import * as assert from 'uvu/assert';
import { type Coroutine, call, Queue, settrace, sleep, spawn } from '../../lib/index.ts';
import { assertNoSwitch, assertSwitches } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('testing/assert-switches');

test('assertSwitches() gives the result of a body that waits', async () => {
  const value = await assertSwitches(function* () {
    yield* sleep(0);
    return 42;
  });

  assert.is(value, 42);
});

test('assertSwitches() fails for a body that need not wait, and names it', async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);

  const error = (await failureOf(
    assertSwitches(function* loading() {
      yield* queue.get();
    }),
  )) as Error;

  assert.match(error.message, 'loading');
  assert.match(error.message, 'never did');
});

test('assertNoSwitch() gives the result of a body that does not wait', async () => {
  const queue = new Queue<number>();
  queue.putNowait(1);

  assert.is(await assertNoSwitch(() => queue.get()), 1);
});

test('assertNoSwitch() fails for a body that waits, and says how often', async () => {
  const error = (await failureOf(
    assertNoSwitch(function* saving() {
      yield* sleep(0);
      yield* call(() => sleep(1));
    }),
  )) as Error;

  assert.match(error.message, 'saving');
  assert.match(error.message, '2 times');
});

test('switches of other greenlets do not count', async () => {
  const busy = spawn(function* () {
    for (let turn = 0; turn < 10; turn += 1) yield* sleep(0);
  });

  await spawn(function* () {
    yield* sleep(0);
    yield* assertNoSwitch(() => spawn(() => sleep(0)).name);
  });
  await busy;
});

test('they nest: the inner one counts for the outer one, too', async () => {
  const inner = function* (): Coroutine<void> {
    yield* assertSwitches(() => sleep(0));
  };

  await assertSwitches(inner);
  const error = (await failureOf(assertNoSwitch(inner))) as Error;

  assert.match(error.message, '1 times');
});

test('the error of the body is thrown as it is', async () => {
  const boom = new Error('boom');
  const failing = () => {
    throw boom;
  };

  assert.is(await failureOf(assertSwitches(failing)), boom);
  assert.is(await failureOf(assertNoSwitch(failing)), boom);
});

test('a trace hook that was there before still hears everything, and is there afterwards', async () => {
  let events = 0;
  const hook = (): void => {
    events += 1;
  };
  const before = settrace(hook);
  try {
    await assertSwitches(() => sleep(0));
    assert.ok(events > 0);
  } finally {
    assert.is(settrace(before), hook);
  }
});

test('a value that is not a body throws a TypeError at the caller', () => {
  for (const assertion of [assertSwitches, assertNoSwitch]) {
    assert.instance(
      thrownBy(() => assertion(42 as never)),
      TypeError,
    );
  }
});

test.run();
