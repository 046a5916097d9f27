import * as assert from 'uvu/assert';
import { RUNS } from '../../../lib/inspect/console/spans.ts';
import { READY, Rows, Runs, SWITCHED } from '../../../lib/inspect/console/timeline-rows.ts';
import { HUB, kind, type LoggedEvent, stop } from '../../../lib/inspect/event-log.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inspect/console/timeline-rows');

const [FIRST, SECOND, QUEUE] = [1, 2, 40] as const;

/** FIRST runs twice, wakes SECOND, gives way to it, and ends; SECOND blocks. */
const events: readonly LoggedEvent[] = [
  { at: 0, kind: kind.RUN, who: HUB, other: stop.SWITCHED },
  { at: 0, kind: kind.SPAWN, who: FIRST, other: HUB },
  { at: 100, kind: kind.RUN, who: FIRST, other: stop.SWITCHED },
  { at: 150, kind: kind.WAKE, who: SECOND, other: FIRST },
  { at: 200, kind: kind.RUN, who: SECOND, other: stop.READY },
  { at: 500, kind: kind.RUN, who: FIRST, other: QUEUE },
  { at: 550, kind: kind.RUN, who: HUB, other: stop.ENDED },
  { at: 550, kind: kind.TIMERS, who: HUB, other: 3 },
  { at: 800, kind: kind.WAKE, who: SECOND, other: HUB },
  { at: 900, kind: kind.RUN, who: SECOND, other: stop.SWITCHED },
  { at: 950, kind: kind.RUN, who: HUB, other: stop.SWITCHED },
];

function rowsOf(from: number): Rows {
  return new Rows(events, [FIRST, SECOND], { from, to: 1_000 }, 10);
}

test('tells when each greenlet runs, is ready and waits, until its end', () => {
  const { tracks } = rowsOf(0);

  assert.equal(tracks.get(FIRST)?.list, [
    [0, 100, 0, READY],
    [100, 200, 1, RUNS],
    [200, 500, 0, READY],
    [500, 550, 1, RUNS],
  ]);
  assert.equal(tracks.get(SECOND)?.list, [
    [150, 200, 0, READY],
    [200, 500, 1, RUNS],
    [500, 800, 0, QUEUE],
    [800, 900, 0, READY],
    [900, 950, 1, RUNS],
    [950, 1_000, 0, SWITCHED],
  ]);
});

test('tells when any greenlet runs', () => {
  assert.equal(rowsOf(300).hub.list, [
    [0, 250, 1, RUNS],
    [600, 650, 1, RUNS],
  ]);
});

test('counts how long each greenlet has run within the window', () => {
  const { busy } = new Runs(events, { from: 300, to: 1_000 }, []);

  assert.equal([...busy].sort(), [
    [FIRST, 50],
    [SECOND, 250],
  ]);
});

test('a greenlet that runs until now counts until now', () => {
  const { busy } = new Runs(events.slice(0, 5), { from: 300, to: 1_000 }, []);

  assert.equal([...busy], [[SECOND, 700]]);
});

test('names the greenlet that blocks the event loop, if it alone does', () => {
  const blocks = [
    { from: 220, to: 500 },
    { from: 100, to: 299 },
    { from: 600, to: 800 },
  ];
  const { blockers } = new Runs(events, { from: 0, to: 1_000 }, blocks);

  assert.equal(
    blocks.map((block) => blockers.get(block)),
    [SECOND, FIRST, undefined],
  );
});

test.run();
