import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { host } from '../../../lib/hub/loop/host.ts';
import { Event, getHub, idle, LoopExit, sleep, spawn, until } from '../../../lib/index.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('hub/deadlock-watch');

/**
 * Runs a body where the host does not tell that its loop is empty, in debug mode. Timers fire on demand: `fire()` waits until there
 * is one.
 */
async function whereNothingTells(body: (fire: () => Promise<void>) => Promise<void>): Promise<void> {
  const hub = getHub();
  const { startTimer, stopTimer, tellsEmptyLoop } = host;
  const running = new Map<object, () => void>();
  host.tellsEmptyLoop = false;
  host.startTimer = (fn) => {
    const timer = startTimer(() => {}, 0);
    running.set(timer, fn);
    return timer;
  };
  host.stopTimer = (timer) => void running.delete(timer);
  hub.debug = true;
  const fire = async (): Promise<void> => {
    while (running.size === 0) await turn();
    const due = [...running.values()];
    running.clear();
    for (const fn of due) fn();
  };
  try {
    await body(fire);
  } finally {
    hub.debug = false;
    Object.assign(host, { startTimer, stopTimer, tellsEmptyLoop });
  }
}

test('checkDeadlock() gives a LoopExit to main if nothing is left that could wake it', async () => {
  const failing = failureOf(new Event().wait());
  await idle();

  assert.is(getHub().checkDeadlock(), true);
  assert.instance(await failing, LoopExit);
});

test('checkDeadlock() does nothing while a timer runs, or a greenlet waits for a promise', async () => {
  const event = new Event();
  const waiting = event.wait();
  const done = waiting.then((value) => value);
  const sleeper = spawn(() => sleep(60_000));
  await turn();
  assert.is(getHub().checkDeadlock(), false);
  await sleeper.kill();

  let resolve = (): void => {};
  const outside = spawn(function* () {
    yield* until(
      new Promise<void>((settle) => {
        resolve = settle;
      }),
    );
    event.set();
  });
  await turn();
  assert.is(getHub().checkDeadlock(), false);
  resolve();
  await outside;

  assert.is(await done, true);
});

test('in debug mode the hub looks by itself once nothing has run for a while', async () => {
  await whereNothingTells(async (fire) => {
    const failing = failureOf(new Event().wait());
    await fire();

    assert.instance(await failing, LoopExit);
  });
});

test('a greenlet that has run meanwhile puts off the look', async () => {
  await whereNothingTells(async (fire) => {
    const event = new Event();
    const done = event.wait().then((value) => value);
    await turn();
    event.set();
    await fire();

    assert.is(await done, true);
  });
});

test.run();
