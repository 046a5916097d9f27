import * as assert from 'uvu/assert';
import { Event, getHub, sleep, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { onVirtualTime } from '../../support/virtual-clock.ts';

const test = suite('hub/parking/deadline');

/** When a greenlet that waits for an operation with a timeout continues. */
function endOf(op: ReturnType<Event['wait']>) {
  return spawn(function* () {
    const inTime = yield* op;
    return { inTime, at: getHub().now() };
  });
}

test('two greenlets that use one operation at once have a time limit each', () =>
  onVirtualTime(async () => {
    const op = new Event().wait({ timeout: 10 });
    const first = endOf(op);
    await sleep(4);
    const second = endOf(op);

    assert.equal(await first, { inTime: false, at: 10 });
    assert.equal(await second, { inTime: false, at: 14 });
  }));

test('each use of an operation has the whole time', () =>
  onVirtualTime(async () => {
    const op = new Event().wait({ timeout: 10 });

    assert.equal(await endOf(op), { inTime: false, at: 10 });
    assert.equal(await endOf(op), { inTime: false, at: 20 });
  }));

test('a timer runs exactly while a greenlet waits', () =>
  onVirtualTime(async () => {
    const event = new Event();
    const timers: number[] = [];
    const note = () => timers.push(getHub().timers.size);
    const op = event.wait({ timeout: 10 });
    note();
    const waiter = endOf(op);
    await sleep(0);
    note();

    event.set();
    note();

    assert.equal(timers, [0, 1, 0]);
    assert.equal(await waiter, { inTime: true, at: 0 });
  }));

test('a kill stops the timer', () =>
  onVirtualTime(async () => {
    const waiter = endOf(new Event().wait({ timeout: 10 }));
    await sleep(0);

    await waiter.kill();

    assert.is(getHub().timers.size, 0);
  }));

test('an infinite timeout starts no timer', async () => {
  const waiter = endOf(new Event().wait({ timeout: Infinity }));
  await sleep(0);

  assert.is(getHub().timers.size, 0);

  await waiter.kill();
});

test.run();
