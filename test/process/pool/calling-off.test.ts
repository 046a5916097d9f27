import { all, GreenletExit, race, sleep, spawn, Timeout, withTimeout } from 'greenhub';
import { Event, Queue, WorkerLostError } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { poolKinds, withPool } from '../../support/pools.ts';
import { double, hold, pid, sayAndSpin, spin } from '../targets/work.js';

const test = suite('process/pool calling off');

for (const { name, make } of poolKinds) {
  test(`a killed caller calls its running task in a ${name} off, whose cleanup has then run; neighbours go on`, () =>
    withPool(make(1, { concurrency: 3 }), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const neighbour = pool.applyAsync(hold, [said, go, 'neighbour']);
      assert.is(await said.get(), 'neighbour runs');
      const caller = spawn(() => pool.apply(hold, [said, go, 'task']));
      assert.is(await said.get(), 'task runs');

      await caller.kill();

      assert.is(await said.getNowait(), 'task cleans up');
      go.set();
      assert.is(await neighbour.get(), 'neighbour');
    }));

  test(`a task that waits for a worker of a ${name} never runs if its caller is killed`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const running = pool.applyAsync(hold, [said, go, 'first']);
      const caller = spawn(() => pool.apply(hold, [said, go, 'second']));
      const result = pool.applyAsync(hold, [said, go, 'third']);
      assert.is(await said.get(), 'first runs');

      await caller.kill();
      await result.kill();
      assert.instance(await failureOf(result.get()), GreenletExit);
      go.set();

      assert.is(await running.get(), 'first');
      assert.is(await pool.apply(double, [1]), 2);
      assert.is(await said.qsize(), 0);
    }));

  test(`the loser of a race() calls its task in a ${name} off`, () =>
    withPool(make(2), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const winner = function* () {
        yield* said.get();
        return 'winner';
      };
      assert.is(await race([pool.apply(hold, [said, go, 'task']), winner]), 'winner');
      assert.is(await said.getNowait(), 'task cleans up');
    }));

  test(`a task in a ${name} that spins when it is called off has its worker replaced`, () =>
    withPool(make(1, { concurrency: 2 }), async (pool) => {
      const said = new Queue<string>();
      const before = await pool.apply(pid);
      const neighbour = pool.applyAsync(hold, [said, new Event(), 'neighbour']);
      assert.is(await said.get(), 'neighbour runs');

      const caller = spawn(() => pool.apply(sayAndSpin, [said]));
      assert.is(await said.get(), 'spins');
      const begun = performance.now();
      await caller.kill();
      const took = performance.now() - begun;

      assert.ok(took >= 990, `it came back after ${took} ms`);
      const lost = await failureOf(neighbour.get());
      assert.instance(lost, WorkerLostError);
      assert.is((lost as WorkerLostError).exitcode, -9);
      const after = await pool.apply(pid);
      if (name === 'ProcessPool') assert.is.not(after, before);
    }));

  test(`withTimeout() around a spinning task of a ${name} throws a Timeout, and the pool heals`, () =>
    withPool(make(1), async (pool) => {
      assert.instance(await failureOf(withTimeout(100, pool.apply(spin))), Timeout);
      assert.is(await pool.apply(double, [1]), 2);
    }));

  test(`kill() of a result of a ${name} calls the task off, and get() throws a GreenletExit`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const result = pool.applyAsync(hold, [said, new Event(), 'task']);
      assert.is(await said.get(), 'task runs');
      await result.kill();
      assert.is(await said.getNowait(), 'task cleans up');
      assert.instance(await failureOf(result.get()), GreenletExit);
    }));

  test(`a map() in a ${name} that is out of time calls all its items off`, () =>
    withPool(make(2), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const items = ['a', 'b', 'c', 'd'].map((each) => [said, go, each] as [typeof said, typeof go, string]);
      const mapping = spawn(() => pool.starmap(hold, items, { chunksize: 1 }));
      const runs = new Set([await said.get(), await said.get()]);
      await mapping.kill();
      const cleaned = new Set([await said.getNowait(), await said.getNowait()]);
      assert.equal(runs, new Set(['a runs', 'b runs']));
      assert.equal(cleaned, new Set(['a cleans up', 'b cleans up']));
      assert.is(await pool.apply(double, [1]), 2);
      assert.is(await said.qsize(), 0);
    }));

  test(`terminate() of a ${name} ends all tasks, and runs their cleanup`, async () => {
    const pool = make(1);
    const said = new Queue<string>();
    const [running, waiting] = [1, 2].map((each) => pool.applyAsync(hold, [said, new Event(), `task ${each}`]));
    assert.is(await said.get(), 'task 1 runs');
    await pool.terminate();
    assert.is(await said.getNowait(), 'task 1 cleans up');
    for (const result of [running, waiting]) assert.instance(await failureOf(result!.get()), GreenletExit);
  });

  test(`terminate() of a ${name} whose task spins ends by force`, async () => {
    const pool = make(1);
    const said = new Queue<string>();
    const result = pool.applyAsync(sayAndSpin, [said]);
    assert.is(await said.get(), 'spins');
    await all([pool.terminate(), sleep(0)]);
    assert.instance(await failureOf(result.get()), GreenletExit);
    assert.is(await pool.join(), true);
  });
}

test.run();
