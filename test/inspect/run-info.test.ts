import * as assert from 'uvu/assert';
import { killall, Queue, spawn } from '../../lib/index.ts';
import { formatRunInfo, printRunInfo, type Snapshot, snapshot } from '../../lib/inspect/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { greenletInfoOf } from '../support/greenlet-info.ts';
import { suite } from '../support/harness.ts';

const test = suite('run info');

const crawl = greenletInfoOf(1, {
  name: 'crawl-1',
  since: 12.3,
  site: 'main (app.ts:9:3)',
  runs: 3,
  busy: 40.2,
  longest: 20,
  spins: 0,
  stack: ['nextUrl (app.ts:4:3)', 'crawl (app.ts:8:3)'],
});
const idle = { waitsFor: null, waitsForId: null };

const taken: Snapshot = {
  pid: 7,
  at: 0,
  hub: { greenlets: 5, ready: 1, waiting: 3, timers: 1, spawned: 9, ended: 5, switches: null },
  greenlets: [
    greenletInfoOf(0, { ...idle, name: 'main', kind: 'main', spawnedBy: null }),
    crawl,
    greenletInfoOf(2, { ...idle, name: 'save-2', state: 'ready', spawnedBy: 1, groups: ['Pool~1'] }),
    greenletInfoOf(-1, { name: 'echo', kind: 'raw', waitsFor: 'a switch back to it', waitsForId: null, spawnedBy: 99 }),
  ],
  objects: [
    { id: 'Queue#1', kind: 'Queue', name: 'Queue#1', holders: [], waiters: [1], size: 0, maxsize: 10 },
    {
      id: 'Pool~1',
      kind: 'Pool',
      name: 'savers',
      holders: [2, 3, 4, 5, 6, 7],
      waiters: [8, 9],
      size: 6,
      maxsize: null,
    },
  ],
  warnings: [{ kind: 'spins', message: 'crawl-1 spins', greenlets: [1] }],
};

test('shows the tree of greenlets, objects and warnings', () => {
  assert.is(
    formatRunInfo(taken),
    `greenhub, process 7: 5 greenlets, 1 ready, 3 waiting, 1 timer, 9 spawned so far, 5 ended
main: waiting
  #1 crawl-1: waits for an item of Queue#1, since 12 ms, ran for 40 ms in 3 runs, spawned at main (app.ts:9:3)
        nextUrl (app.ts:4:3)
        crawl (app.ts:8:3)
    #2 save-2: ready, in Pool~1
#-1 echo (raw): waits for a switch back to it
… and 1 more greenlet
objects:
  Queue#1: size 0 of 10; crawl-1 waits
  Pool~1 "savers": size 6; held by save-2, #3, #4, #5, #6, 1 more; #8, #9 wait
warnings:
  crawl-1 spins
`,
  );
});

test('a chain of spawns of any length is shown', () => {
  const chain = Array.from({ length: 20_000 }, (_, id) => greenletInfoOf(id, { ...idle, spawnedBy: id - 1 }));
  const text = formatRunInfo({ ...taken, greenlets: chain, objects: [], warnings: [] });

  assert.is(text.split('\n').length, 20_002);
  assert.ok(text.split('\n').every((line) => line.length < 150));
});

test('prints what runs now, with stacks', async () => {
  const queue = new Queue<number>();
  const waiters = [1, 2].map(() =>
    spawn(function* fetchItem() {
      return yield* queue.get();
    }),
  );
  await waitAllBlocked();
  const printed: string[] = [];
  printRunInfo({ write: (text) => printed.push(text) });

  assert.is(printed.length, 1);
  for (const { name } of waiters) assert.ok(printed[0]?.includes(`${name}: waits for an item of ${queue.name}`));
  assert.match(printed[0] ?? '', /^ {8}fetchItem \(.*run-info\.test\.ts:\d+:\d+\)$/m);
  assert.not.match(formatRunInfo(snapshot()), /run-info\.test/);
  await killall(waiters);
});

test.run();
