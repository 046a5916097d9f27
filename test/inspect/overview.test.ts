import * as assert from 'uvu/assert';
import { kernel } from '../../lib/greenlet/kernel.ts';
import { type Greenlet, killall, Queue, sleep, spawn, wait } from '../../lib/index.ts';
import { now } from '../../lib/inspect/clock.ts';
import { stats, stopStats } from '../../lib/inspect/index.ts';
import { measured } from '../../lib/inspect/measured.ts';
import { Measuring } from '../../lib/inspect/measuring.ts';
import { type OverviewOptions, overview } from '../../lib/inspect/overview.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/overview');

/** Calls `look` while three greenlets wait at a queue and two sleep. */
async function whileTheyWait(look: (greenlets: Greenlet[]) => void): Promise<void> {
  const queue = new Queue<number>();
  const getters = Array.from({ length: 3 }, () => spawn(() => queue.get()));
  const sleepers = [30_000, 40_000].map((ms) => spawn(sleep, ms));
  await sleep(0);
  try {
    look([...getters, ...sleepers]);
  } finally {
    await killall([...getters, ...sleepers]);
  }
}

function looked(options: Partial<OverviewOptions> = {}) {
  return overview({ sort: 'id', limit: 100, places: 10, ...options });
}

test('has no more greenlets than its limit, the first of its order, and counts all', async () => {
  await whileTheyWait(([first, second]) => {
    const { hub, greenlets } = looked({ limit: 3 });

    const known = greenlets.filter(({ kind }) => kind === 'greenlet').map(({ id }) => id);
    assert.equal(known.slice(0, 1), [first?.id]);
    assert.ok(greenlets.length === 3 && hub.greenlets >= 6);
    assert.ok(second !== undefined);
  });
});

test('counts where greenlets wait: all calls of sleep() are one place', async () => {
  await whileTheyWait(() => {
    const { places, otherPlaces } = looked();

    const counts = new Map(places.map(({ place, greenlets }) => [place, greenlets]));
    assert.ok([...counts].some(([place, count]) => /^Queue#\d+$/.test(place) && count === 3));
    assert.is(counts.get('sleep(…)'), 2);
    assert.is(otherPlaces, 0);
    assert.is(looked({ places: 1 }).otherPlaces, places.length - 1);
  });
});

test('a place is named as the program names it, without what differs from greenlet to greenlet', async () => {
  const queue = new Queue<number>();
  queue.name = 'jobs\nof today';
  const getter = spawn(() => queue.get());
  const joiner = spawn(() => getter.join());
  joiner.name = 'joiner';
  const both = spawn(() => wait([getter, joiner], { count: 2 }));
  await sleep(0);
  try {
    const places = looked().places.map(({ place }) => place);

    assert.ok(places.some((place) => /^Queue~\d+ "jobs of today"$/.test(place)));
    assert.ok(places.includes(`#${getter.id} ${getter.name}`));
    assert.ok(places.includes('2 of 2 to be ready'));
  } finally {
    await killall([getter, joiner, both]);
  }
});

test('the greenlets that have run most come first', async () => {
  using measuring = new Measuring();
  measuring.ensure();
  const often = spawn(function* often() {
    for (let i = 0; i < 50; i += 1) yield* sleep(0);
    yield* sleep(30_000);
  });
  const seldom = spawn(sleep, 30_000);
  while ((measured.by?.of(often)?.runs ?? 0) <= 50) await sleep(0);

  const [first] = looked({ sort: 'runs' }).greenlets.filter(({ kind }) => kind === 'greenlet');
  await killall([often, seldom]);

  assert.is(first?.name, often.name);
  assert.is(first?.runs, 51);
});

test('measuring ends with the visit, and leaves that of the program alone', () => {
  const alone = new Measuring();
  alone.ensure();
  assert.ok(measured.by !== null);
  alone[Symbol.dispose]();
  assert.is(measured.by, null);

  stats();
  const own = measured.by;
  const beside = new Measuring();
  beside.ensure();
  beside[Symbol.dispose]();
  assert.is(measured.by, own);
  stopStats();
});

/** How many tools the core tells of switches. */
function observers(): number {
  return (kernel.observer as { observers?: readonly object[] } | null)?.observers?.length ?? 0;
}

test('all tools share one meter, which begins anew for stats() and ends with the last of them', async () => {
  const [first, second] = [new Measuring(), new Measuring()];
  first.ensure();
  const { by } = measured;
  await spawn(sleep, 0);
  second.ensure();
  assert.is(measured.by, by);
  assert.is(stats().spawned, 0);
  assert.is(observers(), 1);

  const anew = measured.by;
  first[Symbol.dispose]();
  stopStats();
  assert.is(measured.by, anew);
  assert.is(stats().spawned, 0);
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  assert.is(observers(), 1);
  stopStats();
  assert.is(measured.by, null);
  assert.is(observers(), 0);
});

test('sorted by age, what has waited since before the measuring comes first, and main last', async () => {
  const old = spawn(sleep, 60_000);
  await sleep(0);
  using measuring = new Measuring();
  measuring.ensure();
  const young = spawn(sleep, 60_000);
  await sleep(0);

  const { greenlets } = looked({ sort: 'since' });
  await killall([old, young]);

  const ids = greenlets.map(({ id }) => id);
  assert.is(ids[0], old.id);
  assert.is(ids.at(-1), 0);
  assert.ok(ids.includes(young.id));
  assert.equal([greenlets[0]?.since, greenlets[0]?.runs, greenlets[0]?.busy], [null, 0, 0]);
});

test('its time is that of the measures: from when the program called stats()', () => {
  const begun = now() - 5_000;
  measured.by = { begun, switches: 0, failures: [], of: () => null, read: () => stats() };
  const { elapsed } = looked();
  measured.by = null;

  assert.ok(elapsed >= 5_000);
  assert.is(looked().elapsed, 0);
});

test('stopStats() leaves what a visitor measures', () => {
  const visitor = new Measuring();
  visitor.ensure();
  const { by } = measured;
  stopStats();
  assert.is(measured.by, by);
  visitor[Symbol.dispose]();
});

test.run();
