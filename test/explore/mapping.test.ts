import * as assert from 'uvu/assert';
import { call, forEach, type Greenlet, GreenletExit, Pool, sleep, spawn } from '../../lib/index.ts';
import type { Random } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { allEnded, exploreMany } from './schedules.ts';
import { eventually, inTime, pause, sorted } from './steps.ts';

const test = suite('explore/mapping');
const COUNT = 6;

/** A source that counts its items and records its end. */
class Source implements Iterable<number> {
  read = 0;
  closed = false;
  private readonly count: number;

  constructor(count = COUNT) {
    this.count = count;
  }

  *[Symbol.iterator](): Generator<number, void, unknown> {
    try {
      while (this.read < this.count) {
        this.read += 1;
        yield this.read - 1;
      }
    } finally {
      this.closed = true;
    }
  }
}

const isAtWork = (greenlet: Greenlet) => greenlet.run.name === 'atWork';

for (const way of ['imap', 'imapUnordered'] as const) {
  test(`${way}() gives each item once, or at its place the end of a member that was killed`, async () => {
    const scenario = function* (random: Random) {
      const pool = new Pool(2);
      const source = new Source();
      let running = 0;
      let given = 0;
      const results = pool[way](
        function* atWork(item) {
          running += 1;
          assert.ok(running <= 2);
          // In progress, or finished and not taken; and one may be on its way to a consumer.
          assert.ok(source.read - given <= 3 + 1, `${source.read} read, ${given} given`);
          try {
            yield* pause(random);
            yield* sleep(random.int(0, 2));
            return item;
          } finally {
            running -= 1;
          }
        },
        source,
        { maxsize: 3 },
      );
      const places: (number | null)[] = [];
      for (;;) {
        let step: IteratorResult<number, undefined> | null = null;
        try {
          step = yield* results.next();
        } catch (error) {
          if (!(error instanceof GreenletExit)) throw error;
        }
        if (step?.done === true) break;
        given += 1;
        places.push(step === null ? null : step.value);
        yield* sleep(random.pick([0, 0, 1, 10]));
      }
      assert.is(places.length, COUNT);
      const items = places.filter((item) => item !== null);
      assert.is(new Set(items).size, items.length);
      if (way === 'imap') for (const [index, item] of places.entries()) assert.ok(item === null || item === index);
      assert.equal(sorted(items), [...new Set(sorted(items))]);
      assert.is(running, 0);
      assert.ok(source.closed);
      assert.is(pool.size, 0);
      assertNoTrace(pool);
    };
    await exploreMany(`${way}()`, scenario, isAtWork);
  });
}

test('map() gives all results, or throws the failure, and no member is at work any more', async () => {
  // No code takes the error of a member that was already killed. It would fail the schedule, so a member is either
  // killed
  // or fails.
  let fails = false;
  const scenario = function* (random: Random) {
    const pool = new Pool(random.int(1, 3));
    const source = new Source();
    fails = random.chance(0.5);
    const failing = fails ? random.int(0, COUNT - 1) : null;
    let running = 0;
    const results = pool.map(function* (item) {
      running += 1;
      try {
        yield* sleep(random.int(0, 2));
        if (item === failing) throw new RangeError('failed');
        return item;
      } finally {
        running -= 1;
      }
    }, source);
    const mapper = spawn(function* () {
      try {
        return fails ? { value: yield* results } : yield* inTime(random, results);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return null;
      } finally {
        assert.is(running, 0, 'a member outlives map()');
      }
    });
    yield* allEnded([mapper]);
    if (mapper.value) {
      assert.not(fails);
      assert.equal(mapper.value.value, [0, 1, 2, 3, 4, 5]);
    }
    yield* eventually(() => pool.size === 0);
    assert.is(running, 0);
    yield* eventually(() => source.read === 0 || source.closed);
    assertNoTrace(pool);
  };
  await exploreMany('map() that fails', scenario, () => !fails);
});

test('a mapping whose consumer stops or is killed leaves no member at work, and closes its source', async () => {
  await exploreMany('a mapping that is left', function* (random) {
    const pool = new Pool(2);
    const source = new Source(Infinity);
    const got: number[] = [];
    let running = 0;
    const results = pool.imapUnordered(
      function* atWork(item) {
        running += 1;
        try {
          yield* sleep(random.int(0, 2));
          return item;
        } finally {
          running -= 1;
        }
      },
      source,
      { maxsize: 3 },
    );
    const consumer = spawn(function* () {
      const some = call(function* () {
        for (let count = random.int(1, 3); count > 0; count -= 1) {
          const step = yield* results.next();
          if (step.done !== true) got.push(step.value);
        }
      });
      yield* inTime(random, some);
    });
    yield* allEnded([consumer]);
    results.return();
    yield* eventually(() => pool.size === 0);
    assert.is(running, 0);
    assert.is(new Set(got).size, got.length);
    // The source is closed in its own greenlet.
    yield* eventually(() => source.read === 0 || source.closed);
    assertNoTrace(pool);
    yield* forEach(results, function* () {
      yield* sleep(0);
      throw new Error('it goes on after its end');
    });
  });
});

test.run();
