import * as assert from 'uvu/assert';
import { kernel } from '../../../lib/greenlet/kernel.ts';
import { killall, Queue, sleep, spawn } from '../../../lib/index.ts';
import { LoopBeat } from '../../../lib/inspect/console/loop-beat.ts';
import type { TimelinePage } from '../../../lib/inspect/console/protocol.ts';
import { Timeline } from '../../../lib/inspect/console/timeline.ts';
import { serve } from '../../../lib/inspect/index.ts';
import { waitAllBlocked } from '../../../lib/testing/index.ts';
import { until, watch } from '../../support/console.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inspect/console/timeline');

/** Runs for so long. */
function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** What the greenlet of a row waits for last. */
function lastWait({ rows, names }: TimelinePage, name: string): string | undefined {
  const [, , share, what] = rows.find((row) => row.name === name)?.spans.at(-1) ?? [];
  return share === 0 ? names[what as number] : undefined;
}

test('shows the greenlets that have run, with what they wait for', async () => {
  using timeline = new Timeline();
  const queue = new Queue<number>();
  const getter = spawn(() => queue.get());
  getter.name = 'getter';
  await waitAllBlocked();
  // The wait must be longer than what can be seen.
  spin(30);

  const page = timeline.read(10_000);
  assert.is(lastWait(page, 'getter'), `an item of ${queue.name}`);
  assert.is(page.rows.find(({ track }) => track === getter.id)?.name, 'getter');
  assert.equal([page.span, page.others], [10_000, 0]);
  assert.ok(page.recorded >= 30);
  getter.kill();
  await getter.join();
});

test('shows the busiest, keeps those that are shown, and counts the others', async () => {
  using timeline = new Timeline();
  const works = Array.from({ length: 20 }, () =>
    spawn(function* () {
      for (;;) {
        spin(0.05);
        yield* sleep(0);
      }
    }),
  );
  const rounds = async (): Promise<number[]> => {
    await sleep(1);
    const { rows, others } = timeline.read(60_000);
    assert.is(rows.length, 16);
    assert.ok(others >= 4);
    const tracks = rows.map(({ track }) => track);
    assert.equal(
      tracks,
      tracks.toSorted((a, b) => a - b),
    );
    return tracks;
  };

  const first = await rounds();
  const loud = spawn(function* () {
    spin(500);
    yield* sleep(60_000);
  });
  const second = await rounds();

  assert.ok(second.includes(loud.id));
  assert.ok(second.filter((track) => first.includes(track)).length >= 8);
  await killall([...works, loud]);
});

test('finds what blocks the event loop, whether it is a greenlet or not', async () => {
  using beat = new LoopBeat();
  using timeline = new Timeline();
  const blocker = spawn(function* () {
    for (;;) {
      spin(300);
      yield* sleep(1);
    }
  });
  blocker.name = 'blocker';
  await until(() => timeline.read(60_000).blocks.some(({ by }) => by === 'blocker'));
  blocker.kill();
  await blocker.join();
  const before = beat.blocks.length;
  spin(300);
  await until(() => beat.blocks.length > before);

  for (const { from, to } of beat.blocks) assert.ok(to - from >= 100);
});

test('nothing is recorded unless a page shows it, and another window of the time goes on with the same recording', async () => {
  using server = await serve();
  const seen: number[] = [];
  for await (const { page } of watch(server, 'view=timeline&seconds=2')) {
    if (page?.view !== 'timeline') continue;
    seen.push(page.span, page.recorded);
    for await (const { page: other } of watch(server, 'view=timeline&seconds=100')) {
      if (other?.view === 'timeline') seen.push(other.span, other.recorded);
      break;
    }
    break;
  }

  const [short, recorded = 0, long, more = 0] = seen;
  assert.equal([short, long], [2_000, 60_000]);
  assert.ok(more > recorded);
  await until(() => kernel.observer === null);
});

test.run();
