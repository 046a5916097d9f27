import * as assert from 'uvu/assert';
import { Event, Greenlet, killall, Lock, race, shield, spawn, spawnLater } from '../../lib/index.ts';
import { snapshot } from '../../lib/inspect/index.ts';
import { untakenWarnings, type Warning, warningsOf } from '../../lib/inspect/warnings.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { greenletInfoOf } from '../support/greenlet-info.ts';
import { suite } from '../support/harness.ts';

const test = suite('warnings');

function warning(kind: Warning['kind'], message: string, ...greenlets: number[]): Warning {
  return { kind, message, greenlets };
}

test('there are none about ordinary greenlets', () => {
  const measures = { since: 5_000, runs: 10, busy: 1_000, longest: 100, spins: 1_000 };
  const joined = [
    greenletInfoOf(3, { blockedBy: [4] }),
    greenletInfoOf(4),
    greenletInfoOf(5, { state: 'unstarted', waitsFor: null }),
  ];

  assert.equal(warningsOf([greenletInfoOf(1), greenletInfoOf(2, measures), ...joined]), []);
});

test('a greenlet that has run for long has blocked the loop', () => {
  assert.equal(warningsOf([greenletInfoOf(1, { longest: 250.4 }), greenletInfoOf(2, { longest: 99 })]), [
    warning('blocks-loop', 'load-1 has run for 250 ms without a suspension', 1),
  ]);
});

test('a greenlet that runs on for a second never yields', () => {
  const running = greenletInfoOf(1, { state: 'running', waitsFor: null, since: 1_200 });

  assert.equal(warningsOf([running, greenletInfoOf(2, { since: 90_000 })]), [
    warning('never-yields', 'load-1 runs since 1200 ms', 1),
  ]);
});

test('a greenlet that goes from sleep(0) to sleep(0) spins', () => {
  assert.equal(warningsOf([greenletInfoOf(1, { state: 'ready', spins: 5_000 })]), [
    warning('spins', 'load-1 has called sleep(0) 5000 times in a row: let it wait for an event instead', 1),
  ]);
});

test('greenlets that wait for each other are in a deadlock, and those behind them are not named', () => {
  const circle = [1, 2].map((id) => greenletInfoOf(id, { waitsFor: `Lock#${id}`, blockedBy: [3 - id] }));
  const behind = greenletInfoOf(3, { blockedBy: [1] });

  assert.equal(warningsOf([behind, ...circle]), [
    warning('deadlock', 'load-1 (for Lock#1), load-2 (for Lock#2) wait for each other', 1, 2),
  ]);
});

test('a cycle is no deadlock if something else can end one of its waits', () => {
  const race = greenletInfoOf(1, { blockedBy: [2, 3] });

  assert.equal(warningsOf([race, greenletInfoOf(2, { blockedBy: [1] }), greenletInfoOf(3, { state: 'ready' })]), []);
  assert.equal(warningsOf([greenletInfoOf(1, { blockedBy: [9] })]), []);
});

test('real locks in a cycle are found', async () => {
  const [left, right] = [new Lock(), new Lock()];
  const crossing = [
    [left, right],
    [right, left],
  ].map(([first, second]) =>
    spawn(function* cross() {
      yield* first!.acquire();
      yield* met.wait();
      yield* second!.acquire();
    }),
  );
  const met = new Event();
  await waitAllBlocked();
  met.set();
  await waitAllBlocked();

  assert.equal(
    snapshot().warnings.map(({ kind, greenlets }) => [kind, greenlets]),
    [['deadlock', crossing.map(({ id }) => id)]],
  );
  await killall(crossing);
});

test('a greenlet that waits for what a dead one holds is in a deadlock', async () => {
  const lock = new Lock();
  await spawn(() => lock.acquire());
  const waiter = spawn(() => lock.acquire());
  await waitAllBlocked();
  const [found] = snapshot().warnings;

  assert.is(found?.kind, 'deadlock');
  assert.equal(found?.greenlets, [waiter.id]);
  assert.match(found?.message ?? '', /waits for Lock#\d+, held by anonymous-\d+, which is dead$/);
  waiter.kill();
});

test('a greenlet that is awaited and was never started is found, but not one that starts later', async () => {
  const [forgotten, later] = [new Greenlet(function* job() {}), spawnLater(60_000, () => 1)];
  const waiters = [forgotten, later].map((awaited) => spawn(() => awaited.join()));
  await waitAllBlocked();

  assert.equal(snapshot().warnings, [
    warning('unstarted', `${forgotten.name} is awaited, and was never started: call its start()`, forgotten.id),
  ]);
  await killall([...waiters, later]);
});

test('a branch that has not begun, because another one is certain to win, was not forgotten', async () => {
  const gate = new Event();
  const owner = spawn(function* owner() {
    yield* race([
      () => race([() => shield(gate.wait()), function* winner() {}]),
      function* behind() {
        yield* gate.wait();
      },
    ]);
  });
  await waitAllBlocked();
  const { greenlets, warnings } = snapshot();
  gate.set();
  await owner;

  assert.equal(warnings, []);
  assert.equal(
    greenlets.filter(({ state }) => state === 'unstarted').map(({ waitsFor }) => waitsFor),
    ['its turn'],
  );
});

test('a failure that nobody took is a warning', () => {
  assert.equal(untakenWarnings([{ id: 7, name: 'load-7', error: 'Error: disk full' }]), [
    warning('untaken', 'load-7 failed, and nobody took its error: Error: disk full', 7),
  ]);
});

test('a long list names the first greenlets and counts the others', () => {
  const circle = Array.from({ length: 8 }, (_, index) =>
    greenletInfoOf(index + 1, { blockedBy: [((index + 1) % 8) + 1] }),
  );
  const [found] = warningsOf(circle);

  assert.match(found?.message ?? '', /load-5 \(.*\), 3 more wait for each other$/);
});

test.run();
