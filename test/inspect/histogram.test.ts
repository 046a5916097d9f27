import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Histogram } from '../../lib/inspect/histogram.ts';

const test = suite('Histogram');

test('has the number, the sum and the greatest of its durations', () => {
  const histogram = new Histogram();
  for (const ms of [1, 4, 2]) histogram.add(ms);

  const { count, sum, max } = histogram.read();
  assert.equal({ count, sum, max }, { count: 3, sum: 7, max: 4 });
});

test('each duration is in the first bucket whose bound it is below', () => {
  for (const ms of [0, 1e-6, 63e-6, 65e-6, 0.001, 0.5, 3, 100, 60_000]) {
    const histogram = new Histogram();
    histogram.add(ms);
    const { buckets } = histogram.read();
    const [last, before] = [buckets.at(-1), buckets.at(-2)];

    assert.is(last?.count, 1);
    assert.ok(ms < (last?.below ?? 0), `${ms}`);
    assert.ok(before === undefined || ms >= before.below * 0.999, `${ms}`);
  }
});

test('what is too long for all buckets is in the last', () => {
  const histogram = new Histogram();
  histogram.add(10_000_000);

  assert.is(histogram.read().buckets.length, 32);
});

test('without durations it has no buckets', () => {
  assert.equal(new Histogram().read(), { count: 0, sum: 0, max: 0, buckets: [] });
});

test.run();
