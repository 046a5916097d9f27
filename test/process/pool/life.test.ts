import { all, forEach, GreenletExit, sleep, spawn } from 'greenhub';
import { Event, offload, ProcessPool, Queue, ThreadPool } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { runProgram } from '../../support/child.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { poolKinds, withPool } from '../../support/pools.ts';
import * as work from '../targets/work.js';

const test = suite('process/pool life');

const { countCalls, double, hold, pid, stateOfWorker } = work;

for (const { name, make } of poolKinds) {
  test(`after close(), a ${name} finishes its tasks, takes no more, and join() gives true`, async () => {
    const pool = make(1);
    const said = new Queue<string>();
    const go = new Event();
    const results = ['a', 'b'].map((each) => pool.applyAsync(hold, [said, go, each]));
    assert.match(String(thrownBy(() => pool.join())), 'call close() or terminate() before join()');
    const late = pool.apply(double, [1]);

    pool.close();
    assert.match(String(thrownBy(() => pool.apply(double, [1]))), 'is closed');
    assert.match(String(thrownBy(() => pool.map(double, [1]))), 'is closed');
    assert.match(String(await failureOf(late)), 'is closed');
    assert.is(await pool.join({ timeout: 0 }), false);
    assert.is(await said.get(), 'a runs');
    assert.is(await pool.join({ timeout: 1 }), false);
    go.set();

    assert.is(await pool.join(), true);
    assert.equal(await all(results.map((result) => result.get())), ['a', 'b']);
    assert.is(await pool.join({ timeout: 0 }), true);
  });

  test(`a mapAsync() of a ${name} that has just begun, and a map() that still reads its items, finish after close()`, async () => {
    const pool = make(1);
    const numbers = async function* () {
      yield 1;
      await sleep(0);
      yield 2;
    };
    const results = [pool.mapAsync(double, [1, 2, 3], { chunksize: 1 }), pool.mapAsync(double, numbers())];
    const mapping = spawn(() => pool.map(double, numbers(), { chunksize: 1 }));
    const begun = spawn(() => pool.close());

    assert.equal(await all(results.map((result) => result.get())), [
      [2, 4, 6],
      [2, 4],
    ]);
    assert.equal(await mapping, [2, 4]);
    await begun;
    assert.is(await pool.join(), true);
  });

  test(`an imap() of a ${name} that was made before close() gives its results, also after join()`, async () => {
    const pool = make(2);
    const [first, second] = [pool.imap(double, [1, 2, 3]), pool.imapUnordered(double, [4])];
    pool.close();
    const seen: number[] = [];
    await forEach(first, (each) => void seen.push(each));
    assert.equal(seen, [2, 4, 6]);
    assert.is(await pool.join(), true);
    await forEach(second, (each) => void seen.push(each));
    assert.equal(seen, [2, 4, 6, 8]);
    assert.is(await pool.join(), true);
  });

  test(`an imap() of a ${name} that was terminated fails, and does not wait for ever`, async () => {
    const pool = make(1);
    const results = pool.imap(double, [1, 2]);
    await pool.terminate();
    for (let i = 0; i < 2; i += 1) assert.instance(await failureOf(results.next()), GreenletExit);
    assert.is((await results.next()).done, true);
  });

  test(`a ${name} that was terminated says so to its callers`, async () => {
    const pool = make(1);
    pool[Symbol.dispose]();
    assert.match(String(thrownBy(() => pool.applyAsync(double, [1]))), 'was terminated');
    assert.is(await pool.join(), true);
  });

  test(`the initializer of a ${name} runs in each worker before its first task`, () =>
    withPool(make(2, { initializer: work.initialize, initargs: ['ready'] }), async (pool) => {
      assert.equal(await pool.starmap(stateOfWorker, [[], [], [], []], { chunksize: 1 }), Array(4).fill('ready'));
    }));

  test(`a failed initializer closes a ${name} and fails every call with its error`, async () => {
    const pool = make(2, { initializer: work.failToInitialize });
    const results = [1, 2, 3].map((each) => pool.applyAsync(double, [each]));
    for (const result of results) {
      const error = await failureOf(result.get());
      assert.instance(error, RangeError);
      assert.is((error as Error).message, 'no database');
    }
    assert.match(String(thrownBy(() => pool.apply(double, [1]))), 'no database');
    assert.is(await pool.join(), true);
  });

  test(`an initializer that exits closes a ${name}`, async () => {
    const pool = make(1, { initializer: work.exitAtStart });
    const error = (await failureOf(pool.apply(double, [1]))) as { name: string; exitcode: number };
    assert.is(error.name, 'WorkerLostError');
    assert.is(error.exitcode, 7);
    assert.is(await pool.join(), true);
  });

  test(`maxTasksPerChild of a ${name} counts items and replaces the worker`, () =>
    withPool(make(1, { maxTasksPerChild: 2 }), async (pool) => {
      const counts = await pool.starmap(countCalls, [[], [], [], [], []], { chunksize: 1 });
      assert.equal(counts, [1, 2, 1, 2, 1]);
      assert.equal(await pool.starmap(countCalls, [[], [], []], { chunksize: 3 }), [2, 3, 4]);
      assert.is(await pool.apply(countCalls), 1);
    }));

  test(`a ${name} shows its name, size and state in one line`, () =>
    withPool(make(2, { name: 'crew' }), async (pool) => {
      assert.is(pool.size, 2);
      assert.is(pool.name, 'crew');
      assert.is(String(pool), `${name} "crew" { 2 workers, idle }`);
      const result = pool.applyAsync(double, [1]);
      assert.is(String(pool), `${name} "crew" { 2 workers, 1 task }`);
      await result.get();
      pool.close();
      await pool.join();
      assert.is(String(pool), `${name} "crew" { 2 workers, ended }`);
    }));

  test(`close() of a ${name} kills what tasks have left behind in its workers`, async () => {
    const pool = make(1);
    const said = new Queue<string>();
    await pool.apply(work.leave, [said]);
    pool.close();
    await pool.join();
    assert.is(await said.getNowait(), 'the rest cleans up');
  });

  test(`an idle ${name} keeps no program alive, and one with tasks does`, async () => {
    const { stdout, code } = await runProgram("await import('./test/process/targets/idle-pool.js')", {
      env: { POOL: name },
    });
    assert.is(stdout, 'the task gave 4\n');
    assert.is(code, 0);
  });
}

test('env and execArgv are those of the processes', () =>
  withPool(
    new ProcessPool(1, { env: { ...process.env, GREENHUB_TEST: 'yes' }, execArgv: ['--stack-trace-limit=7'] }),
    async (pool) => {
      assert.equal(await pool.apply(work.environment), ['yes', ['--stack-trace-limit=7']]);
    },
  ));

test('a ThreadPool refuses options of processes', () => {
  assert.match(String(thrownBy(() => new ThreadPool(1, { env: {} } as object))), 'env is not an option');
});

test('transfer to a ProcessPool is a TypeError', () =>
  withPool(new ProcessPool(1), async (pool) => {
    assert.instance(
      thrownBy(() => pool.apply(double, [1], { transfer: [] })),
      TypeError,
    );
  }));

test('offload() calls a target in another thread', async () => {
  assert.is(await offload(double, 21), 42);
  assert.is(await offload(pid), process.pid);
});

test.run();
