import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { Lock, sleep, spawn } from '../../lib/index.ts';
import { Histogram } from '../../lib/inspect/histogram.ts';
import { snapshot, stats, stopStats } from '../../lib/inspect/index.ts';
import { type Measurer, measured } from '../../lib/inspect/measured.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('measured');

test('what a tool measures is in snapshots, warnings and the lines of greenlets', async () => {
  const [lock, name] = [new Lock(), 'load'];
  const holder = spawn(function* hold() {
    yield* lock.acquire();
    yield* sleep(60_000);
  });
  const waiter = spawn(() => lock.acquire());
  waiter.name = name;
  await waitAllBlocked();
  const measurer: Measurer = {
    begun: 0,
    switches: 7,
    failures: [{ id: 1, name: 'broken', error: 'Error: x' }],
    read: () => ({ slices: new Histogram().read(), delays: new Histogram().read() }),
    of: (greenlet) =>
      greenlet === waiter ? { since: performance.now() - 12_000, runs: 3, busy: 200, longest: 150, spins: 0 } : null,
  };
  const before = inspect(waiter);
  measured.by = measurer;
  const [line, unmeasured] = [inspect(waiter), inspect(holder)];
  const { greenlets, hub, warnings } = snapshot();
  measured.by = null;
  const info = greenlets.find(({ id }) => id === waiter.id);

  assert.match(
    line,
    new RegExp(`^Greenlet#${waiter.id} "load" { waiting for ${lock.name}, held by hold-\\d+ since 12\\d{3} ms }$`),
  );
  assert.is(unmeasured, inspect(holder));
  assert.is(before, inspect(waiter));
  assert.ok((info?.since ?? 0) >= 12_000);
  assert.equal([info?.runs, info?.busy, info?.longest, info?.spins], [3, 200, 150, 0]);
  assert.is(hub.switches, 7);
  assert.equal(
    warnings.map(({ kind }) => kind),
    ['blocks-loop', 'untaken'],
  );
  holder.kill();
  waiter.kill();
});

test('stats() measures what a snapshot needs', async () => {
  stats();
  const lock = new Lock();
  const holder = spawn(function* hold() {
    yield* lock.acquire();
    yield* sleep(60_000);
  });
  const spinner = spawn(function* spin() {
    for (let round = 0; round < 1_500; round += 1) yield* sleep(0);
    yield* lock.acquire();
  });
  const seen = spawn(function* look() {
    for (let round = 0; round < 1_400; round += 1) yield* sleep(0);
    return snapshot().warnings;
  });
  const warnings = await seen;
  await waitAllBlocked();
  const taken = snapshot();
  stopStats();
  const info = taken.greenlets.find(({ id }) => id === spinner.id);

  assert.ok(
    warnings.some(({ kind, greenlets }) => kind === 'spins' && greenlets.includes(spinner.id)),
    JSON.stringify(warnings),
  );
  assert.is(info?.runs, 1_501);
  assert.is(info?.spins, 0);
  assert.ok((info?.busy ?? 0) > 0 && (info?.longest ?? 0) > 0 && (info?.since ?? -1) >= 0);
  assert.ok((taken.hub.switches ?? 0) > 2_900);
  assert.is(snapshot().greenlets.find(({ id }) => id === spinner.id)?.runs, null);
  holder.kill();
  spinner.kill();
});

test('the present run of a greenlet counts, and may be a warning', async () => {
  stats();
  const seen = await spawn(function* crunch() {
    for (const begun = performance.now(); performance.now() - begun < 110; );
    return snapshot();
  });
  stopStats();
  const info = seen.greenlets.find(({ state }) => state === 'running');

  assert.match(info?.name ?? '', /^crunch-\d+$/);
  assert.ok((info?.busy ?? 0) >= 110 && (info?.longest ?? 0) >= 110);
  assert.ok(seen.warnings.some(({ kind, greenlets }) => kind === 'blocks-loop' && greenlets.includes(info?.id ?? -1)));
});

test.run();
