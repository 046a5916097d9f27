import * as assert from 'uvu/assert';
import { kernel } from '../../lib/greenlet/kernel.ts';
import {
  action,
  Event,
  type Greenlet,
  getcurrent,
  joinall,
  shield,
  sleep,
  spawn,
  withTimeout,
} from '../../lib/index.ts';
import { snapshot, stats, stopStats } from '../../lib/inspect/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('stats()');

test('the first call turns counting on and returns zeros; stopStats() turns it off', () => {
  assert.is(kernel.observer, null);

  const { spawned, ended, slices, delays } = stats();
  assert.equal(
    { spawned, ended, slices: slices.count, delays: delays.count },
    { spawned: 0, ended: 0, slices: 0, delays: 0 },
  );
  assert.is.not(kernel.observer, null);
  stopStats();
  stopStats();

  assert.is(kernel.observer, null);
});

test('counts starts, ends, errors, kills and time limits', async ({ reported }) => {
  stats();
  const killed = spawn(sleep, 1_000);
  const failing = spawn(function* () {
    throw new Error('oh');
  });
  const timed = spawn(() => withTimeout(1, sleep(1_000), { timeoutValue: null }));
  const untaken = new Promise<void>((resolve) => failing.link(() => resolve()));
  void spawn(function* () {
    throw new Error('nobody looks');
  });
  await new Promise<void>((resolve) => {
    timed.link(() => resolve());
  });
  killed.kill();
  await untaken;
  while (reported.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const counts = stats();
  stopStats();
  reported.length = 0;

  // Each link is a greenlet too.
  assert.is(counts.spawned, 6);
  assert.is(counts.failed, 2);
  assert.is(counts.killed, 1);
  assert.is(counts.timeouts, 1);
  assert.is(counts.untaken, 1);
  assert.is(counts.timers, 0);
});

test('knows how long greenlets run, and how long they are ready before', async () => {
  stats();
  const end = new Event();
  const slow = spawn(function* () {
    const begun = performance.now();
    while (performance.now() - begun < 5);
    end.set();
    yield* sleep(0);
  });
  const behind = spawn(function* () {
    yield* end.wait();
  });
  await new Promise<void>((resolve) => behind.link(() => resolve()));
  const { slices, delays, ready } = stats();
  stopStats();
  await slow;

  assert.ok(slices.max >= 5);
  // The second greenlet was ready while the first one ran.
  assert.ok(delays.max >= 5);
  assert.ok(slices.sum >= slices.max);
  assert.is(
    slices.buckets.reduce((total, { count }) => total + count, 0),
    slices.count,
  );
  assert.is(ready, 0);
});

test('a snapshot has the runs and times of each greenlet meanwhile', async () => {
  stats();
  const spinner = spawn(function* spinner() {
    for (let i = 0; i < 5; i += 1) yield* sleep(0);
    return infoOf(getcurrent().name);
  });
  const info = await spinner;
  const { hub } = snapshot();
  stopStats();

  assert.is(info?.runs, 6);
  assert.is(info?.spins, 5);
  assert.ok((info?.busy ?? -1) >= (info?.longest ?? 0));
  assert.ok((hub.switches ?? 0) >= 6);
  assert.is(snapshot().hub.switches, null);
});

function infoOf(name: string) {
  return snapshot().greenlets.find((each) => each.name === name);
}

test('a greenlet killed before its first run is no longer ready', async () => {
  stats();
  const never = spawn(function* () {});
  assert.is(stats().ready, 1);
  never.kill();
  const { ready } = stats();
  stopStats();
  await joinall([never]);

  assert.is(ready, 0);
});

test('a greenlet that ends its own wait is not ready while it runs, and does not spin', async () => {
  stats();
  const gate = new Event();
  const own: Greenlet = spawn(function* killed() {
    try {
      own.kill();
      yield* sleep(60_000);
    } finally {
      yield* shield(gate.wait());
    }
  });
  const turns = [1, 2].map(() =>
    spawn(function* turn() {
      for (let i = 0; i < 5; i += 1) yield* action<void>((resolve) => resolve());
      return infoOf(getcurrent().name)?.spins;
    }),
  );
  const spins = await joinall(turns).then(() => turns.map(({ value }) => value));
  await waitAllBlocked();
  const { ready } = stats();
  stopStats();
  gate.set();
  await own.join();

  assert.is(ready, 0);
  assert.equal(spins, [0, 0]);
});

test.run();
