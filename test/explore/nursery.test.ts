import * as assert from 'uvu/assert';
import { call, GreenletError, type Nursery, nursery, sleep } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { inTime, pause, several } from './steps.ts';

const test = suite('explore/nursery');

test('no child outlives its nursery, nor does a child of a child', async () => {
  await exploreMany('a nursery', function* (random) {
    const owners = several(2, function* () {
      let alive = 0;
      const child = function* (n: Nursery, depth: number) {
        alive += 1;
        try {
          if (depth > 0 && random.chance(0.5)) n.spawn(child, n, depth - 1);
          yield* sleep(random.int(0, 3));
        } finally {
          alive -= 1;
        }
      };
      const work = nursery(function* (n) {
        n.spawn(child, n, 1);
        yield* pause(random);
        n.spawn(child, n, 1);
      });
      try {
        yield* inTime(random, work);
      } finally {
        assert.is(alive, 0, 'a child outlives its nursery');
      }
    });
    yield* allEnded(owners);
    assertNoTrace(...owners);
  });
});

test('the first failure ends the nursery, and is thrown with the failures that follow', async () => {
  await exploreMany('a nursery with a failure', function* (random) {
    const owners = several(2, function* () {
      let alive = 0;
      let failures = 0;
      const child = function* () {
        alive += 1;
        try {
          yield* sleep(random.int(0, 3));
          if (random.chance(0.5)) {
            failures += 1;
            throw new RangeError('failed');
          }
        } finally {
          alive -= 1;
        }
      };
      const work = nursery(function* (n) {
        for (let count = 0; count < 3; count += 1) n.spawn(child);
        yield* sleep(random.int(0, 3));
      });
      let ended = false;
      try {
        ended = (yield* inTime(random, work)) !== null;
        if (ended) assert.is(failures, 0);
      } catch (error) {
        if (error instanceof AggregateError) assert.is(error.errors.length, failures);
        else if (error instanceof RangeError) assert.is(failures, 1);
        else throw error;
      } finally {
        assert.is(alive, 0);
      }
    });
    yield* allEnded(owners);
    assertNoTrace(...owners);
  });
});

test('start() gives the value that the child passes when it is ready, or ends it', async () => {
  await exploreMany('a child that starts', function* (random) {
    let alive = 0;
    const owners = several(2, function* () {
      const work = nursery(function* (n) {
        const starting = n.start<number, []>(function* (started) {
          alive += 1;
          try {
            yield* pause(random);
            if (random.chance(0.8)) started(42);
            yield* sleep(random.int(0, 2));
          } finally {
            alive -= 1;
          }
        });
        try {
          const port = yield* inTime(random, starting);
          if (port !== null) assert.is(port.value, 42);
        } catch (error) {
          if (!(error instanceof GreenletError)) throw error;
        }
      });
      yield* inTime(
        random,
        call(() => work),
      );
    });
    yield* allEnded(owners);
    assert.is(alive, 0);
    assertNoTrace(...owners);
  });
});

test.run();
