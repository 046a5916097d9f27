import * as assert from 'uvu/assert';
import { getHub, Pool, shield, sleep, spawn } from '../../lib/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { double, Watched } from '../support/mappings.ts';
import { outcomeOf } from '../support/outcome.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/map');

test('map() reads no more when one has failed', async () => {
  const seen: number[] = [];
  const work = function* (item: number) {
    seen.push(item);
    if (item === 0) throw new RangeError('no');
    yield* sleep(Infinity);
  };

  await failureOf(new Pool(2).map(work, [0, 1, 2, 3, 4]));

  assert.equal(seen, [0, 1]);
});

test('the first failure of map() kills the rest, and is thrown when they have ended with their cleanup', () =>
  onVirtualTime(async () => {
    const pool = new Pool(3);
    const source = new Watched();
    const seen: string[] = [];
    const work = function* (item: number) {
      seen.push(`began ${item}`);
      if (item === 1) {
        yield* sleep(10);
        throw new RangeError('one');
      }
      try {
        yield* sleep(Infinity);
      } finally {
        yield* shield(sleep(5));
        seen.push(`cleaned up ${item}`);
      }
    };

    const { error } = await spawn(() => outcomeOf(pool.map(work, source)));

    assert.ok(error instanceof RangeError);
    assert.equal(seen, ['began 0', 'began 1', 'began 2', 'cleaned up 0', 'cleaned up 2']);
    assert.is(getHub().now(), 15);
    assert.is(source.closed, 1);
    assert.is(pool.size, 0);
  }));

test('map() throws the failure that came first in time', () =>
  onVirtualTime(async () => {
    const failAfter = function* (ms: number) {
      yield* sleep(ms);
      throw new Error(`after ${ms}`);
    };

    const { error } = await spawn(() => outcomeOf(new Pool(3).map(failAfter, [30, 10, 20])));

    assert.is((error as Error).message, 'after 10');
  }));

test('map() throws the error of its source, and ends its members', () =>
  onVirtualTime(async () => {
    const pool = new Pool(4);
    function* source() {
      yield 1;
      throw new RangeError('of the source');
    }

    const { error } = await spawn(() => outcomeOf(pool.map(() => sleep(10), source())));

    assert.ok(error instanceof RangeError);
    assert.is(pool.size, 0);
  }));

test('a map() can be used again, and iterates over an array again', async () => {
  const mapped = new Pool(2).map(double, [1, 2]);

  assert.equal(
    [await mapped, await mapped],
    [
      [2, 4],
      [2, 4],
    ],
  );
});

test.run();
