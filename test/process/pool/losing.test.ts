import { AsyncResult, all, type Coroutine, getHub, joinall, type Operation, spawn } from 'greenhub';
import { Event, type PoolResult, Queue, ThreadPool, WorkerLostError } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { runProgram } from '../../support/child.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { outcomeOf, poolKinds, withPool } from '../../support/pools.ts';
import { double, exhaust, exit, hold, holdWhere, pid, sayWhereAndExit, throwOutside } from '../targets/work.js';

const resourceLimits = { maxOldGenerationSizeMb: 24 };

const test = suite('process/pool losing workers');

for (const { name, make } of poolKinds) {
  test(`process.exit() in a task of a ${name} is a WorkerLostError with the exit code, and the worker is replaced`, () =>
    withPool(make(1), async (pool) => {
      for (const code of [0, 3]) {
        const error = await failureOf(pool.apply(exit, [code]));
        assert.instance(error, WorkerLostError);
        assert.is((error as WorkerLostError).exitcode, code);
        assert.is(await pool.apply(double, [code]), 2 * code);
      }
    }));

  test(`an error outside of every greenlet ends a worker of a ${name}, and is the cause of the WorkerLostError`, () =>
    withPool(make(1), async (pool) => {
      const error = (await failureOf(pool.apply(throwOutside, [true]))) as WorkerLostError;
      assert.instance(error, WorkerLostError);
      assert.is(error.exitcode, 1);
      assert.instance(error.cause, RangeError);
      assert.match(error.message, 'outside of every greenlet');
      assert.is(await pool.apply(double, [1]), 2);
    }));

  test(`an error that a task has left behind in a worker of a ${name} goes to the hub, if no task is there to get it`, () =>
    withPool(make(1), async (pool) => {
      const hub = getHub();
      const told = new AsyncResult<unknown>();
      const { handleError } = hub;
      hub.handleError = (_, error) => told.set(error);
      try {
        await pool.apply(throwOutside, [false]);
        const error = (await told.get({ timeout: 60_000 })) as Error;
        assert.instance(error, WorkerLostError);
        assert.match(error.message, 'while it had no task');
        assert.instance(error.cause, RangeError);
        assert.is(await pool.apply(double, [1]), 2);
      } finally {
        hub.handleError = handleError;
      }
    }));

  test(`the death of a worker of a ${name} fails what it had begun, and nothing else`, () =>
    withPool(make(2, { concurrency: 2 }), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const held: { where: string; result: PoolResult<string> }[] = [];
      for (let i = 0; i < 3; i += 1) {
        const result = pool.applyAsync(holdWhere, [said, go]);
        held.push({ where: await said.get(), result });
      }
      const dying = pool.applyAsync(sayWhereAndExit, [said]);
      const waiting = [1, 2, 3].map((each) => pool.applyAsync(double, [each]));
      const lost = await said.get();

      assert.is(((await failureOf(dying.get())) as WorkerLostError).exitcode, 5);
      go.set();

      for (const { where, result } of held) {
        assert.is(await spawn(() => outcomeOf(result)), where === lost ? 'WorkerLostError' : where);
      }
      assert.equal(await all(waiting.map((result) => result.get())), [2, 4, 6]);
    }));

  test(`an item whose worker in a ${name} dies fails its whole chunk, in imap() and in map()`, () =>
    withPool(make(1), async (pool) => {
      const outcomes: unknown[] = [];
      const results = pool.imap(exitAtTwo(), [1, 2, 3, 4], { chunksize: 2, maxsize: 2 });
      for (let i = 0; i < 4; i += 1) {
        try {
          outcomes.push(((await results.next()) as { value: unknown }).value);
        } catch (error) {
          outcomes.push((error as Error).name);
        }
      }
      assert.equal(outcomes, ['WorkerLostError', 'WorkerLostError', 3, 4]);
      assert.instance(await failureOf(pool.map(exitAtTwo(), [1, 2, 3], { chunksize: 1 })), WorkerLostError);
      assert.is(await pool.apply(double, [1]), 2);
    }));
}

for (const [signal, exitcode] of [
  ['SIGTERM', -15],
  ['SIGINT', -2],
] as const) {
  test(`${signal} for a worker of a ProcessPool is a WorkerLostError of its tasks, whose cleanup has run`, () =>
    withPool(poolKinds[1]!.make(1), async (pool) => {
      const said = new Queue<string>();
      const worker = await pool.apply(pid);
      const result = pool.applyAsync(hold, [said, new Event(), 'task']);
      assert.is(await said.get(), 'task runs');
      process.kill(worker, signal);
      const error = (await failureOf(result.get())) as WorkerLostError;
      assert.instance(error, WorkerLostError);
      assert.is(error.exitcode, exitcode);
      assert.is(await said.getNowait(), 'task cleans up');
      assert.is(await pool.apply(double, [1]), 2);
    }));
}

test('a worker of a ThreadPool that has no memory left is lost, and replaced', () =>
  withPool(new ThreadPool(1, { resourceLimits }), async (pool) => {
    assert.instance(await failureOf(pool.apply(exhaust)), WorkerLostError);
    assert.is(await pool.apply(double, [1]), 2);
  }));

test('a worker of a ProcessPool that has no memory left is lost, and replaced', async () => {
  // In a program of its own, because V8 prints a report on standard error.
  const { stdout } = await runProgram(`
    import { ProcessPool } from 'greenhub/process';
    import { double, exhaust } from './test/process/targets/work.js';
    const pool = new ProcessPool(1, { resourceLimits: ${JSON.stringify(resourceLimits)} });
    await pool.apply(exhaust).catch(({ name, exitcode }) => console.log(name, exitcode));
    console.log(await pool.apply(double, [1]));
  `);
  assert.is(stdout, 'WorkerLostError -6\n2\n');
});

test('workers of a ProcessPool that are killed at random lose only their own tasks', () =>
  withPool(poolKinds[1]!.make(2), async (pool) => {
    const results: PoolResult<number>[] = [];
    for (let i = 0; i < 2_000; i += 1) results.push(pool.applyAsync(double, [i]));
    const killing = spawn(function* () {
      for (let kills = 0; kills < 5; kills += 1) {
        process.kill(yield* unlessLost(() => pool.apply(pid)), 'SIGKILL');
      }
    });
    const waits = results.map((result) => spawn(() => outcomeOf(result)));
    await joinall([...waits, killing]);
    const right = waits.filter(({ value }, index) => value === 2 * index).length;
    const lost = waits.filter(({ value }) => value === 'WorkerLostError').length;
    assert.is(right + lost, 2_000);
    assert.ok(lost <= 5, `${lost} tasks were lost by 5 kills`);
    assert.equal(await spawn(() => unlessLost(() => pool.map(double, [1, 2, 3]))), [2, 4, 6]);
  }));

/** A task may be sent to a worker that has just been killed. Then it is sent again. */
function* unlessLost<T>(call: () => Operation<T>): Coroutine<T> {
  for (;;) {
    try {
      return yield* call();
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
    }
  }
}

function exitAtTwo() {
  return { module: new URL('../targets/work.js', import.meta.url), export: 'exitAtTwo' };
}

test.run();
