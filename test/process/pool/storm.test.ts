/** Many tasks, while workers die at random. */
import { joinall, spawn } from 'greenhub';
import { type PoolResult, ProcessPool, ThreadPool, WorkerLostError } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { suite } from '../../support/harness.ts';
import { type AnyPool, outcomeOf, withPool } from '../../support/pools.ts';
import { depth, Random } from '../../support/random.ts';
import { double, exhaust, exit, pid } from '../targets/work.js';

const test = suite('process/pool storm');

/** 10,000 with `npm run test:long`. */
const TASKS = 10_000 * Math.min(1, depth);
const DEATHS = Math.ceil(20 * Math.min(1, depth));
const seed = Number(process.env.GREENHUB_TEST_SEED ?? Date.now() % 2 ** 32);
const limits = { maxOldGenerationSizeMb: 24 };

type Deadly = (pool: AnyPool) => PoolResult<unknown>;

const ways: { name: string; make: () => AnyPool; deadly: Deadly }[] = [
  { name: 'process.exit() in threads', make: () => new ThreadPool(4), deadly: (pool) => pool.applyAsync(exit, [3]) },
  {
    name: 'process.exit() in processes',
    make: () => new ProcessPool(4, { execArgv: [] }),
    deadly: (pool) => pool.applyAsync(exit, [3]),
  },
  {
    name: 'threads without memory',
    make: () => new ThreadPool(4, { resourceLimits: limits }),
    deadly: (pool) => pool.applyAsync(exhaust),
  },
  {
    name: 'kill -9 of processes',
    make: () => new ProcessPool(4, { execArgv: [], concurrency: 4 }),
    deadly: (pool) =>
      pool.applyAsync(pid, [], { callback: (victim) => process.kill(victim, 'SIGKILL') }) as PoolResult<unknown>,
  },
];

for (const { name, make, deadly } of ways) {
  test(`each of ${TASKS} tasks gives its result once or a WorkerLostError: ${name}, seed ${seed}`, () =>
    withPool(make(), async (pool) => {
      const random = new Random(seed);
      const results: PoolResult<unknown>[] = [];
      const fatal: PoolResult<unknown>[] = [];
      for (let i = 0; i < TASKS; i += 1) {
        results.push(pool.applyAsync(double, [i]));
        if (random.int(1, TASKS) <= DEATHS) fatal.push(deadly(pool));
      }
      const outcomes = results.map((result) => spawn(() => outcomeOf(result)));
      await joinall([...outcomes, ...fatal.map((result) => spawn(() => outcomeOf(result)))]);

      const right = outcomes.filter(({ value }, index) => value === 2 * index).length;
      const lost = outcomes.filter(({ value }) => value === 'WorkerLostError').length;
      assert.is(right + lost, TASKS);
      assert.ok(lost <= 4 * fatal.length, `${lost} were lost by ${fatal.length} deaths`);
      assert.equal(await afterTheDying(pool, fatal.length), [2, 4, 6, 8]);
    }));
}

/** What the workers give once those that were killed last have ended. Until then a task may still be lost with one of them. */
async function afterTheDying(pool: AnyPool, deaths: number): Promise<number[]> {
  for (let lost = 0; ; lost += 1) {
    try {
      return await pool.map(double, [1, 2, 3, 4], { chunksize: 1 });
    } catch (error) {
      if (!(error instanceof WorkerLostError) || lost === deaths) throw error;
    }
  }
}

test.run();
