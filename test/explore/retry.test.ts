import * as assert from 'uvu/assert';
import { getHub, RateLimiter, retry } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { inTime, pause, several } from './steps.ts';

const test = suite('explore/retry');

test('retries keep to their number and to the rate, however late or killed they are', async () => {
  await exploreMany('retries at a limited rate', function* (random) {
    const hub = getHub();
    const limiter = new RateLimiter({ limit: 1, interval: 4, burst: 2 });
    const taken: number[] = [];
    const workers = several(3, function* () {
      let attempts = 0;
      const work = retry(
        function* () {
          attempts += 1;
          if (!(yield* limiter.take({ timeout: random.pick([0, 8, Infinity]) }))) throw new RangeError('late');
          taken.push(hub.now());
          yield* pause(random);
          if (random.chance(0.5)) throw new RangeError('failed');
        },
        { attempts: 3, minDelay: 1, maxDelay: 4, jitter: random.pick([0, 1]) },
      );
      try {
        yield* inTime(random, work);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        assert.is(attempts, 3);
      }
      assert.ok(attempts <= 3);
    });
    yield* allEnded(workers);
    // A bucket of 2 and one more every 4 ms: never more than that in any interval.
    for (const [index, from] of taken.entries()) {
      for (const [more, to] of taken.slice(index).entries()) {
        assert.ok(more + 1 <= 2 + (to - from) / 4, `${more + 1} in ${to - from} ms`);
      }
    }
    assertNoTrace(limiter);
  });
});

test.run();
