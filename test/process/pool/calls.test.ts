import { all, GreenletExit, spawn, Timeout } from 'greenhub';
import { Event, ProcessPool, Queue, ThreadPool } from 'greenhub/process';
import * as assert from 'uvu/assert';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';
import { poolKinds, withPool } from '../../support/pools.ts';
import * as work from '../targets/work.js';

const test = suite('process/pool calls');

const { add, double, echo, fail, giveClosure, hold } = work;
const module = new URL('../targets/work.js', import.meta.url);

for (const { name, make } of poolKinds) {
  test(`apply() of a ${name} gives the result of every kind of function`, () =>
    withPool(make(1), async (pool) => {
      assert.is(await pool.apply(add, [1, 2]), 3);
      assert.is(await pool.apply(work.doubleSlowly, [2]), 4);
      assert.is(await pool.apply(work.doubleAsync, [3]), 6);
      assert.is(await pool.apply(work.doubleByOperation, [4]), 8);
      assert.is(await pool.apply(work.nothing), undefined);
      assert.is(await pool.apply({ module, export: 'add' }, [3, 4]), 7);
    }));

  test(`an operation of a ${name} calls anew each time it is used, and copies its arguments then`, () =>
    withPool(make(1), async (pool) => {
      const list = [1];
      const echoed = pool.apply(echo, [list]);
      list.push(2);
      assert.equal(await echoed, [1, 2]);
      const begun = spawn(() => echoed);
      list.push(3);
      assert.equal(await begun, [1, 2, 3]);
    }));

  test(`a task that waits for a worker of a ${name} keeps the arguments of the time of the call`, () =>
    withPool(make(1), async (pool) => {
      const list = [{ n: 1 }];
      const results = [pool.applyAsync(echo, [list]), pool.applyAsync(echo, [list])];
      list.push({ n: 2 });
      assert.equal(await all(results.map((result) => result.get())), [[{ n: 1 }], [{ n: 1 }]]);
    }));

  test(`remote functions and shared objects travel to a ${name} and back`, () =>
    withPool(make(1), async (pool) => {
      const queue = new Queue<string>();
      assert.is(await pool.apply(work.callGiven, [double, 4]), 8);
      const back = (await pool.apply(echo, [{ queue, double }])) as { queue: Queue<string>; double: unknown };
      await back.queue.put('through the copy');
      assert.is(await queue.get(), 'through the copy');
      assert.is(back.double, double);
    }));

  test(`an error of a task of a ${name} arrives with its class, properties and both stacks`, () =>
    withPool(make(1), async (pool) => {
      const error = (await failureOf(
        spawn(function* callerInParent() {
          yield* pool.apply(fail);
        }),
      )) as RangeError & { code: string };
      assert.instance(error, RangeError);
      assert.is(error.message, 'out of reach');
      assert.is(error.code, 'EREACH');
      assert.instance(error.cause, TypeError);
      assert.match(error.stack as string, /failInWorker[\s\S]*callerInParent/);
    }));

  test(`an error of a task of a ${name} shows a caller outside of greenlets too`, () =>
    withPool(make(1), async (pool) => {
      const applyInMain = () => pool.apply(fail);
      const applyAsyncInMain = () => pool.applyAsync(fail).get();
      const mapInMain = () => pool.map(work.evenOnly, [1]);
      for (const call of [applyInMain, applyAsyncInMain, mapInMain]) {
        const { stack } = (await failureOf(call())) as Error;
        assert.match(stack as string, /work\.js[\s\S]*InMain/);
      }
    }));

  test(`what cannot be sent to a ${name} is a TypeError with its path, and nothing is called`, () =>
    withPool(make(1), async (pool) => {
      const error = await failureOf(pool.apply(echo, [{ callback: () => 1 }]));
      assert.instance(error, TypeError);
      assert.match((error as Error).message, 'args[0].callback is a function');
      assert.throws(() => pool.applyAsync(echo, [() => 1]), /args\[0\] is a function/);
      const result = await failureOf(pool.apply(giveClosure));
      assert.instance(result, TypeError);
      assert.match((result as Error).message, 'result.callback is a function');
      assert.is(await pool.apply(double, [1]), 2);
    }));

  test(`a target of a ${name} that cannot be found is a failure that names the module and the export`, () =>
    withPool(make(1), async (pool) => {
      const missing = await failureOf(pool.apply({ module, export: 'absent' }));
      assert.match(String(missing), 'absent');
      assert.match(String(missing), 'work.js');
      const nowhere = await failureOf(pool.apply({ module: new URL('nowhere.js', module) }));
      assert.match(String(nowhere), 'nowhere.js');
      const number = await failureOf(pool.apply({ module, export: 'noFunction' }));
      assert.match(String(number), 'noFunction');
      assert.is(await pool.apply(double, [2]), 4);
    }));

  test(`a ${name} refuses closures, wrong options and wrong sizes at the call`, () =>
    withPool(make(1), async (pool) => {
      assert.throws(() => pool.apply(() => 1), /remote\(import\.meta\.url/);
      assert.throws(() => pool.map(() => 1, []), /remote\(import\.meta\.url/);
      assert.instance(
        thrownBy(() => pool.apply(double, [1], { timout: 1 } as object)),
        TypeError,
      );
      assert.instance(
        thrownBy(() => pool.apply(double, [1], { timeout: -1 })),
        RangeError,
      );
      assert.instance(
        thrownBy(() => pool.map(double, [1], { chunksize: 0 })),
        RangeError,
      );
      assert.instance(
        thrownBy(() => pool.imap(double, [1], { maxsize: 0.5 })),
        RangeError,
      );
      assert.instance(
        thrownBy(() => pool.map(double, 1 as never)),
        TypeError,
      );
      assert.throws(() => pool.apply(double, 1 as never), /pool\.apply\(\) takes the arguments .* as an array, not 1/);
      assert.throws(() => pool.applyAsync(double, '1' as never), /pool\.applyAsync\(\) takes .* not a string/);
      assert.throws(
        () => pool.starmapAsync(add, [[1, 2] as [number, number], 3 as never]),
        /an array of arguments .* item 1 is 3/,
      );
      assert.match(String(await failureOf(pool.starmap(add, ['ab' as never]))), 'item 0 is a string');
      assert.instance(
        thrownBy(() => make(0)),
        RangeError,
      );
      assert.instance(
        thrownBy(() => make(1, { concurrency: 0 })),
        RangeError,
      );
      assert.instance(
        thrownBy(() => make(1, { conurrency: 1 } as object)),
        TypeError,
      );
      assert.instance(
        thrownBy(() => make(1, { initializer: () => 1 })),
        TypeError,
      );
    }));

  test(`callback and errorCallback of a ${name} run here, as greenlets`, () =>
    withPool(make(2), async (pool) => {
      const called: unknown[] = [];
      const callback = function* (value: unknown) {
        called.push(value);
      };
      const errorCallback = (error: unknown) => called.push((error as Error).message);
      pool.applyAsync(double, [1], { callback, errorCallback });
      pool.applyAsync(work.evenOnly, [3], { callback, errorCallback });
      pool.mapAsync(double, [1, 2], { callback });
      pool.close();
      await pool.join();
      assert.equal(new Set(called.map(String)), new Set(['2', '3 is odd', '2,4']));
    }));

  test(`a task of a ${name} that runs longer than its timeout is killed`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const error = await failureOf(pool.apply(hold, [said, new Event(), 'late'], { timeout: 50 }));
      assert.instance(error, Timeout);
      assert.is(await said.get(), 'late runs');
      assert.is(await said.get(), 'late cleans up');
    }));

  test(`the timeout of a task of a ${name} does not count while it waits for a worker`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const first = pool.applyAsync(hold, [said, go, 'first']);
      const second = pool.applyAsync(double, [1], { timeout: 2_000 });
      assert.is(await said.get(), 'first runs');
      assert.is(await second.wait({ timeout: 20 }), undefined);
      go.set();
      assert.is(await first.get(), 'first');
      assert.is(await second.get(), 2);
    }));

  test(`get() of a result of a ${name} that is out of time does not call the task off`, () =>
    withPool(make(1), async (pool) => {
      const said = new Queue<string>();
      const go = new Event();
      const result = pool.applyAsync(hold, [said, go, 'it']);
      assert.instance(await failureOf(result.get({ timeout: 1 })), Timeout);
      go.set();
      assert.is(await result.get(), 'it');
      await result.kill();
      assert.is(result.successful(), true);
    }));

  test(`with concurrency, a worker of a ${name} has several tasks at once, and no more`, () =>
    withPool(make(1, { concurrency: 2 }), async (pool) => {
      const said = new Queue<string>();
      const [go, never] = [new Event(), new Event()];
      const results = ['a', 'b', 'c'].map((each, index) =>
        pool.applyAsync(hold, [said, index === 0 ? go : never, each]),
      );
      assert.equal([await said.get(), await said.get()], ['a runs', 'b runs']);
      assert.is(await said.qsize(), 0);
      go.set();
      assert.is(await results[0]?.get(), 'a');
      assert.is(await said.get(), 'c runs');
      never.set();
    }));
}

test('the options of workers, and transfer, must be of the right type', () =>
  withPool(new ThreadPool(1), async (pool) => {
    const buffer = new ArrayBuffer(8);
    assert.throws(() => pool.apply(work.byteLength, [buffer], { transfer: buffer } as object), /transfer .* an array/);
    for (const [options, message] of [
      [{ name: 3 }, /name of new ProcessPool\(\) must be a string, not 3/],
      [{ env: 'A=1' }, /env of new ProcessPool\(\) must be an object/],
      [{ execArgv: '--no-warnings' }, /execArgv of new ProcessPool\(\) must be an array, not a string/],
      [{ resourceLimits: 64 }, /resourceLimits of new ProcessPool\(\) must be an object, not 64/],
      [
        { resourceLimits: { maxHeapMb: 64 } },
        /maxHeapMb is not an option of resourceLimits of new ProcessPool\(\): it takes maxOld/,
      ],
      [{ resourceLimits: { maxOldGenerationSizeMb: '64' } }, /must be a number of megabytes, not a string/],
      [
        { resourceLimits: { stackSizeMb: 0 } },
        /stackSizeMb of resourceLimits of new ProcessPool\(\) must be a positive/,
      ],
      [{ resourceLimits: { codeRangeSizeMb: 16 } }, /codeRangeSizeMb is no limit of a process, .*: use a thread/],
    ] as const) {
      assert.throws(() => new ProcessPool(1, options as object), message);
    }
  }));

test('transfer moves a buffer to a thread, also of a task that waits', () =>
  withPool(new ThreadPool(1), async (pool) => {
    const buffers = [new ArrayBuffer(8), new ArrayBuffer(16)];
    const results = buffers.map((buffer) => pool.applyAsync(work.byteLength, [buffer], { transfer: [buffer] }));
    assert.equal(
      buffers.map(({ byteLength }) => byteLength),
      [0, 0],
    );
    assert.equal([await results[0]?.get(), await results[1]?.get()], [8, 16]);
  }));

test('a killed waiter of a terminated pool gets a GreenletExit', async () => {
  const pool = new ThreadPool(1);
  const result = pool.applyAsync(work.spin);
  await pool.terminate();
  assert.instance(await failureOf(result.get()), GreenletExit);
});

test.run();
