import { forEach, Queue as LocalQueue, sleep, spawn } from 'greenhub';
import { Event, Queue } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { poolKinds, withPool } from '../../support/pools.ts';
import * as work from '../targets/work.js';

const test = suite('process/pool mappings');

const { add, double, doubleSlowly, evenOnly, hold, say } = work;

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

for (const { name, make } of poolKinds) {
  test(`map() and starmap() of a ${name} give the results in order, whatever the chunks`, () =>
    withPool(make(2), async (pool) => {
      const doubled = upTo(100).map((n) => 2 * n);
      assert.equal(await pool.map(double, upTo(100)), doubled);
      for (const chunksize of [1, 3, 1_000]) assert.equal(await pool.map(double, upTo(100), { chunksize }), doubled);
      assert.equal(await pool.map(doubleSlowly, new Set(upTo(20)), { chunksize: 2 }), doubled.slice(0, 20));
      assert.equal(await pool.map(work.doubleAsync, upTo(4)), [0, 2, 4, 6]);
      assert.equal(await pool.starmap(add, [[1, 2] as [number, number], [3, 4] as [number, number]]), [3, 7]);
      assert.equal(await pool.map(double, []), []);
      assert.equal(await pool.mapAsync(double, [1, 2]).get(), [2, 4]);
      assert.equal(await pool.starmapAsync(add, [[1, 2] as [number, number]]).get(), [3]);
    }));

  test(`map() of a ${name} reads iterables without a length to their end, also async ones`, () =>
    withPool(make(1), async (pool) => {
      const numbers = async function* () {
        yield 1;
        await sleep(0);
        yield 2;
      };
      assert.equal(await pool.map(double, numbers()), [2, 4]);
      assert.equal(await pool.mapAsync(double, numbers()).get(), [2, 4]);
      assert.equal(await pool.map(double, new Set([1, 2]).values()), [2, 4]);
      const queue = new LocalQueue<number>();
      queue.putNowait(4);
      queue.shutdown();
      assert.equal(await pool.map(double, queue), [8]);
    }));

  test(`the first error of a map() in a ${name} is thrown once the others are over or called off`, () =>
    withPool(make(2), async (pool) => {
      const said = new Queue<string>();
      const holding = spawn(() => pool.apply(hold, [said, new Event(), 'neighbour']));
      assert.is(await said.get(), 'neighbour runs');
      const error = await failureOf(pool.map(evenOnly, [0, 2, 3, 5, 4], { chunksize: 1 }));
      assert.is((error as Error).message, '3 is odd');
      assert.is((error as { code?: string }).code, 'EODD');
      assert.is(holding.ready(), false);
      await holding.kill();
    }));

  test(`map() of a ${name} sends nothing if an item cannot be sent`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const items: [typeof said, string][] = [
        [said, 'one'],
        [said, (() => 'two') as never],
      ];
      const error = await failureOf(pool.starmap(say, items));
      assert.instance(error, TypeError);
      assert.match((error as Error).message, /^item\[1\] is a function/);
      assert.is(await pool.apply(double, [1]), 2);
      assert.is(await said.qsize(), 0);
    }));

  for (const chunksize of [1, 3]) {
    test(`imap() of a ${name} gives results and errors at their places, in chunks of ${chunksize}`, () =>
      withPool(make(2), async (pool) => {
        const results = pool.imap(evenOnly, [0, 1, 2, 4, 5], { chunksize });
        const outcomes: unknown[] = [];
        for (let i = 0; i < 6; i += 1) {
          try {
            const { done, value } = await results.next();
            outcomes.push(done ? 'end' : value);
          } catch (error) {
            outcomes.push((error as Error).message);
          }
        }
        assert.equal(outcomes, [0, '1 is odd', 2, 4, '5 is odd', 'end']);
      }));

    test(`an item that cannot be sent or answered fails alone in imap() of a ${name}, in chunks of ${chunksize}`, () =>
      withPool(make(1), async (pool) => {
        const outcomes = async (results: ReturnType<typeof pool.imap>): Promise<unknown[]> => {
          const seen: unknown[] = [];
          for (let i = 0; i < 3; i += 1) {
            try {
              seen.push((await results.next()).value);
            } catch (error) {
              seen.push((error as Error).message.replace(/ is a function.*/, ''));
            }
          }
          return seen;
        };
        assert.equal(await outcomes(pool.imap(work.echo, [1, { fn: () => 1 }, 3], { chunksize })), [1, 'item.fn', 3]);
        assert.equal(await outcomes(pool.imap(work.closureForTwo, [1, 2, 3], { chunksize })), [1, 'result', 3]);
      }));

    test(`imap() of a ${name} reads an endless source at most maxsize items ahead, in chunks of ${chunksize}`, () =>
      withPool(make(2), async (pool) => {
        let read = 0;
        let isClosed = false;
        const numbers = function* () {
          try {
            for (;;) {
              yield read;
              read += 1;
            }
          } finally {
            isClosed = true;
          }
        };
        const seen: unknown[] = [];
        for await (const value of pool.imap(double, numbers(), { chunksize, maxsize: 6 })) {
          seen.push(value);
          assert.ok(read <= seen.length + 6, `${read} items were read when ${seen.length} were taken`);
          if (seen.length === 20) break;
        }
        assert.equal(
          seen,
          upTo(20).map((n) => 2 * n),
        );
        await sleep(0);
        assert.is(isClosed, true);
      }));
  }

  test(`imapUnordered() of a ${name} gives results as they are finished`, () =>
    withPool(make(2), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const seen: unknown[] = [];
      const target = { module: new URL('../targets/work.js', import.meta.url), export: 'holdFirst' };
      const items = ['first', 'second', 'third'].map((each) => [said, go, each]);
      await forEach(pool.imapUnordered(target, items), function* (each) {
        seen.push(each);
        if (seen.length === 2) go.set();
        yield* sleep(0);
      });
      assert.equal(seen, ['second', 'third', 'first']);
    }));

  test(`who leaves an imap() of a ${name} early calls the rest off`, () =>
    withPool(make(2), async (pool) => {
      const said = new Queue<string>();
      const target = { module: new URL('../targets/work.js', import.meta.url), export: 'holdAllButFirst' };
      const items = ['first', 'second'].map((each) => [said, new Event(), each]);
      for await (const each of pool.imap(target, items)) {
        assert.is(each, 'first');
        assert.is(await said.get(), 'second runs');
        break;
      }
      assert.is(await said.get(), 'second cleans up');
      assert.is(await pool.apply(double, [2]), 4);
    }));

  test(`an error of the source of an imap() comes after the items before it, in a ${name}`, () =>
    withPool(make(1), async (pool) => {
      const numbers = function* () {
        yield 1;
        yield 2;
        yield 3;
        throw new RangeError('no more');
      };
      const results = pool.imap(double, numbers(), { chunksize: 2 });
      const seen: unknown[] = [];
      const error = await failureOf(forEach(results, (value) => void seen.push(value)));
      assert.equal(seen, [2, 4, 6]);
      assert.is((error as Error).message, 'no more');
    }));
}

test.run();
