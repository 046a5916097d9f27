import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventLog, kind } from '../../lib/inspect/event-log.ts';

const test = suite('EventLog');

test('gives back what was added, even tracks of raw greenlets and large ids', () => {
  const log = new EventLog(10);
  const events = [
    { at: 1.5, kind: kind.RUN, who: -7, other: -3 },
    { at: 2, kind: kind.SPAWN, who: 5_000_000_000, other: 0 },
    { at: 2, kind: kind.TIMERS, who: 0, other: 100_000 },
  ];
  for (const { at, kind, who, other } of events) log.add(at, kind, who, other);

  assert.equal([...log], events);
  assert.equal([log.added, log.dropped], [3, 0]);
});

for (const added of [4, 5, 7, 8, 9]) {
  test(`keeps the last 4 of ${added} events, oldest first`, () => {
    const log = new EventLog(4);
    for (let at = 1; at <= added; at += 1) log.add(at, kind.WAKE, at, at);

    assert.equal(
      [...log].map(({ at }) => at),
      [added - 3, added - 2, added - 1, added],
    );
    assert.equal([log.added, log.dropped], [added, added - 4]);
  });
}

test.run();
