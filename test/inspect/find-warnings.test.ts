import * as assert from 'uvu/assert';
import { Event, Greenlet, killall, Lock, Pool, Queue, spawn } from '../../lib/index.ts';
import { livingGreenlets, withUnstarted } from '../../lib/inspect/every-greenlet.ts';
import { findWarnings } from '../../lib/inspect/find-warnings.ts';
import { greenletInfo } from '../../lib/inspect/greenlet-info.ts';
import { stats, stopStats } from '../../lib/inspect/index.ts';
import { warningsOf } from '../../lib/inspect/warnings.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { onRandomSchedules } from '../support/random.ts';

const test = suite('inspect/find-warnings');

test('describing suspects only finds the same as describing all, whatever waits for whatever', async () => {
  let found = 0;
  await onRandomSchedules(100, async (random) => {
    const locks = Array.from({ length: 5 }, () => new Lock());
    const [left] = locks as [Lock];
    await spawn(() => left.acquire());
    const queue = new Queue<number>();
    const unstarted = new Greenlet(function* job() {});
    const event = new Event();
    const started: Greenlet<unknown>[] = [spawn(() => left.acquire())];
    const pool = new Pool(2);
    for (let i = 0; i < 30; i += 1) {
      const [first, second] = [random.pick(locks.slice(1)), random.pick(locks)];
      const joined = random.pick([...started, unstarted]);
      const body = random.pick<() => unknown>([
        function* cross() {
          yield* first.acquire();
          yield* event.wait();
          yield* second.acquire();
        },
        () => joined.join(),
        () => queue.get(),
      ]);
      started.push(random.chance(0.2) ? pool.spawn(body) : spawn(body));
    }
    await waitAllBlocked();
    event.set();
    await waitAllBlocked();

    const all = withUnstarted(livingGreenlets());
    const expected = warningsOf(all.map((greenlet) => greenletInfo(greenlet, false)));
    assert.equal(findWarnings(all), expected);
    found += expected.length;
    await killall([...started, unstarted]);
  });
  assert.ok(found > 0);
});

test('a greenlet that has run for long, or spins, is found', async () => {
  stats();
  const slow = spawn(function* slow() {
    const begun = performance.now();
    while (performance.now() - begun < 110);
    yield* event.wait();
  });
  const event = new Event();
  await waitAllBlocked();
  const kinds = findWarnings(livingGreenlets()).map(({ kind, greenlets }) => [kind, greenlets]);
  stopStats();

  assert.equal(kinds, [['blocks-loop', [slow.id]]]);
  slow.kill();
});

test('a long chain of greenlets that join each other is no deadlock', async () => {
  const event = new Event();
  const chain: Greenlet[] = [spawn(() => event.wait()) as Greenlet];
  for (let i = 1; i < 20_000; i += 1) {
    const before = chain[i - 1] as Greenlet;
    chain.push(spawn(() => before.join()) as Greenlet);
  }
  await waitAllBlocked();

  assert.equal(
    findWarnings(chain).filter(({ kind }) => kind !== 'leak'),
    [],
  );
  event.set();
  await Promise.all(chain);
});

test.run();
