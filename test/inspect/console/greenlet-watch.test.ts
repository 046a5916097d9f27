import * as assert from 'uvu/assert';
import { kernel } from '../../../lib/greenlet/kernel.ts';
import { action, type Greenlet, getcurrent, greenlet, Queue, sleep, spawn, withTimeout } from '../../../lib/index.ts';
import { GreenletWatch } from '../../../lib/inspect/console/greenlet-watch.ts';
import { greenletId } from '../../../lib/inspect/identity.ts';
import { serve } from '../../../lib/inspect/index.ts';
import { VirtualClock, waitAllBlocked } from '../../../lib/testing/index.ts';
import { firstOf, until, watch } from '../../support/console.ts';
import { suite } from '../../support/harness.ts';
import { withSwitchInterval } from '../../support/switch-interval.ts';

const test = suite('inspect/console/greenlet-watch');

/** Each change in short: the state, what it waits for, and by whom. */
function told(watched: GreenletWatch): string[] {
  return watched
    .read()
    .changes.map(({ state, waitsFor, by }) => [state, waitsFor, by?.name].filter((part) => part != null).join(' '));
}

function* getAll(queue: Queue<number>) {
  for (;;) yield* queue.get();
}

test('tells what a greenlet has waited for, and which greenlet has woken it', async () => {
  const queue = new Queue<number>();
  const getter = spawn(getAll, queue);
  await waitAllBlocked();
  using watched = new GreenletWatch(getter.id);
  const putter = spawn(function* () {
    yield* queue.put(1);
  });
  await waitAllBlocked();
  getter.kill();
  await getter.join();

  const wait = `waiting an item of ${queue.name}`;
  assert.equal(told(watched), [
    wait,
    `ready ${putter.name}`,
    'running',
    wait,
    'killed main',
    'ready main',
    'running',
    'ended',
  ]);
  const { slices, delays, changed } = watched.read();
  assert.equal([slices.count, delays.count, changed], [2, 2, 8]);
});

test('a turn of sleep(0) is a slice, and the time after it is a delay, also if it is the only greenlet', async () => {
  let own: GreenletWatch | undefined;
  const turning: Greenlet = spawn(function* () {
    own = new GreenletWatch(turning.id);
    yield* sleep(0);
    yield* sleep(0);
  });
  await turning;
  own?.[Symbol.dispose]();

  assert.equal(told(own as GreenletWatch), ['running', 'ready', 'running', 'ready', 'running', 'ended']);
  const { slices, delays } = (own as GreenletWatch).read();
  assert.equal([slices.count, delays.count], [3, 2]);
});

test('tells the wake by a time limit, and an end without a run', async () => {
  const clock = VirtualClock.install({ autojump: false });
  const late = spawn(function* () {
    yield* withTimeout(1, sleep(60_000), { timeoutValue: null });
  });
  await waitAllBlocked();
  using watched = new GreenletWatch(late.id);
  await clock.advance(1);
  await late;
  clock.uninstall();
  assert.equal(told(watched).slice(1, 4), ['timed out', 'ready main', 'running']);

  const unborn = spawn(sleep, 60_000);
  using never = new GreenletWatch(unborn.id);
  unborn.kill();
  await unborn.join();
  assert.is(told(never).at(-1), 'ended');
});

test('follows a raw greenlet by its switches', async () => {
  let own: GreenletWatch | undefined;
  await spawn(function* () {
    const partner = getcurrent();
    const raw = greenlet(function* () {
      own = new GreenletWatch(greenletId(getcurrent()));
      yield* partner.switch(null);
    });
    yield* raw.switch(null);
    yield* raw.switch(null);
  });
  own?.[Symbol.dispose]();

  assert.equal(told(own as GreenletWatch), ['running', 'waiting a switch back to it', 'running', 'ended']);
});

test('a greenlet that ends its own wait runs on', () =>
  withSwitchInterval(Infinity, async () => {
    let own: GreenletWatch | undefined;
    const turning: Greenlet = spawn(function* () {
      own = new GreenletWatch(turning.id);
      yield* action<void>((resolve) => resolve());
    });
    await turning;
    own?.[Symbol.dispose]();

    assert.equal(told(own as GreenletWatch), ['running', 'ended']);
  }));

test('keeps only the last changes, and counts all', async () => {
  let own: GreenletWatch | undefined;
  const turning: Greenlet = spawn(function* () {
    own = new GreenletWatch(turning.id);
    for (let turn = 0; turn < 50; turn += 1) yield* sleep(0);
  });
  await turning;
  own?.[Symbol.dispose]();

  const { changes, changed } = (own as GreenletWatch).read();
  assert.equal([changes.length, changed, changes.at(-1)?.state], [24, 102, 'ended']);
  const times = changes.map(({ at }) => at);
  assert.equal(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('nothing is recorded unless the page of the greenlet is open', async () => {
  using server = await serve();
  const queue = new Queue<number>();
  const getter = spawn(getAll, queue);
  await waitAllBlocked();

  const shown = await firstOf(server, 'greenlet', `id=${getter.id}`);
  assert.equal(
    shown.watched?.changes.map(({ state, waitsFor }) => [state, waitsFor]),
    [['waiting', `an item of ${queue.name}`]],
  );
  assert.is((await firstOf(server, 'greenlet', 'id=0')).watched, null);
  assert.equal((await firstOf(server, 'greenlet', 'id=987654321')).watched?.changes, []);
  await until(() => kernel.observer === null);

  for await (const { page } of watch(server, `view=greenlet&id=${getter.id}`)) {
    if (page?.view !== 'greenlet') continue;
    if (page.watched?.changed === 1) queue.putNowait(1);
    else {
      assert.equal(page.watched?.changes.at(1)?.by, { id: 0, name: 'main' });
      break;
    }
  }
  getter.kill();
});

test.run();
