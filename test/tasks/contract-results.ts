/** What both engines do with results, arguments and ids. */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { type Coroutine, Event, sleep, spawn, wait, withContext } from '../../lib/index.ts';
import { currentTask, StoreError, UnknownJobError } from '../../lib/tasks/index.ts';
import { OutOfStock } from './out-of-stock.ts';
import { type StagedTest, thrownBy } from './stage.ts';

function* add(a: number, b: number): Coroutine<number> {
  return a + b;
}

export function resultContract(test: StagedTest): void {
  test('a job that was removed is unknown to its own result, too', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);
    const result = yield* sum.delay(1, 2);
    yield* app.result(result.id);
    yield* app.remove(result.id);

    assert.instance(yield* thrownBy(() => result.get()), UnknownJobError);
  });

  test('ready() learns the end of a job that nothing waits for', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);
    const result = yield* sum.delay(1, 2);
    while (!result.ready()) yield* sleep(1);

    assert.is(yield* result.get({ timeout: 0 }), 3);
  });

  test('a get() whose time is up leaves other waits alone', function* (stage) {
    const app = stage.app();
    const go = new Event();
    const held = app.task('held', function* () {
      yield* go.wait();
    });
    stage.work(app);
    const result = yield* held.delay();
    const waiting = spawn(() => wait([result]));
    yield* thrownBy(() => result.get({ timeout: 1 }));
    go.set();

    assert.equal(yield* waiting, [result]);
  });

  test('each attempt is given the arguments as they were, and so is a retry', function* (stage) {
    const app = stage.app();
    const lengths: number[] = [];
    let works = false;
    const eat = app.task(
      'eat',
      (list: { n: number }[]) => {
        lengths.push(list.length);
        list.pop();
        if (!works) throw new Error('not yet');
      },
      { attempts: 2, backoff: 1 },
    );
    stage.work(app);
    const result = yield* eat.delay([{ n: 1 }, { n: 2 }]);
    yield* thrownBy(() => result.get());
    works = true;
    yield* app.retry(result.id);
    yield* app.result(result.id);

    assert.equal(lengths, [2, 2, 2]);
  });

  test('a result belongs to its reader', function* (stage) {
    const app = stage.app();
    const counts = { n: 0 };
    const count = app.task('count', () => {
      counts.n += 1;
      return counts;
    });
    stage.work(app);
    const first = yield* count.delay();
    const mine = yield* first;
    yield* count.call();
    mine.n += 100;
    const other = yield* app.result<{ n: number }>(first.id);

    assert.equal([mine.n, other.n, counts.n], [101, 1, 2]);
  });

  test('an error arrives whole, even if failures are not kept', function* (stage) {
    const app = stage.app({ keepFailures: 0 });
    const sell = app.task('sell', (item: string): string => {
      throw new OutOfStock(item);
    });
    const ship = app.task('ship', (item: string) => item);
    stage.work(app);

    assert.instance(yield* thrownBy(() => sell.call('tea')), OutOfStock);
    assert.instance(yield* thrownBy(() => app.chain([sell.s('tea'), ship.s()]).call()), OutOfStock);
  });

  test('a job that was revoked leaves its id to another one', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const count = app.task('count', () => {
      runs += 1;
      return runs;
    });
    yield* app.pause();
    const first = yield* count.applyAsync([], { id: 'page' });
    yield* first.revoke();
    const second = yield* count.applyAsync([], { id: 'page' });
    stage.work(app);
    yield* app.resume();

    assert.is(yield* second, 1);
    assert.is(yield* app.result('page').status(), 'completed');
  });

  test('drain() ends the waits for the jobs that it removes, and leaves schedules', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    yield* app.pause();
    yield* app.schedule('nightly', { cron: '0 3 * * *', tz: 'Europe/Berlin' }, sum.s(0, 0));
    const result = yield* sum.delay(1, 2);
    const waits = [spawn(() => thrownBy(() => result.get())), spawn(() => thrownBy(() => sum.call(3, 4)))];
    while ((yield* app.stats()).waiting < 2) yield* sleep(1);
    yield* app.drain();

    for (const each of waits) assert.is(String(yield* each), 'GreenletExit: the job was removed');
    assert.equal([(yield* app.stats()).waiting, (yield* app.stats()).delayed], [0, 1]);
    yield* app.unschedule('nightly');
    assert.is((yield* app.stats()).delayed, 0);
  });

  test('a paused app takes no jobs of a task that is defined later', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    yield* sum.delay(1, 2);
    yield* app.pause();
    const late = app.task('late', add, { concurrency: 1 });
    stage.work(app);
    const result = yield* late.delay(1, 2);
    yield* sleep(30);
    assert.is(yield* result.status(), 'waiting');
    yield* app.resume();

    assert.is(yield* result, 3);
  });

  test('a progress of 0 is told, as it was', function* (stage) {
    const app = stage.app();
    const told = { n: 0 };
    const tell = app.task('tell', (isZero: boolean) => {
      currentTask().progress(isZero ? 0 : told);
      told.n += 1;
    });
    const silent = app.task('silent', () => {});
    stage.work(app);
    const results = [yield* tell.delay(true), yield* silent.delay(), yield* tell.delay(false)];
    const progress: unknown[] = [];
    for (const result of results) {
      yield* result;
      progress.push(yield* result.progress());
    }

    assert.equal(progress, [0, null, { n: 1 }]);
  });

  test('a task does not run in the context of its caller', function* (stage) {
    const app = stage.app();
    const storage = new AsyncLocalStorage<string>();
    const ask = app.task('ask', () => storage.getStore() ?? 'none');
    stage.work(app);

    assert.is(yield* withContext(storage, 'the caller', () => ask.call()), 'none');
  });

  test('an id that no server can keep, and an empty schedule, are errors at the caller', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);

    assert.throws(
      () => sum.applyAsync([1, 2], { id: 'a\ud800' }),
      /^the id of a job must not have half a surrogate pair/,
    );
    assert.throws(() => app.result(5 as unknown as string), /^the id of a job must be a string, not 5/);
    assert.throws(() => app.retry(5 as unknown as string), /^the id of a job must be a string, not 5/);
    assert.throws(() => app.schedule('often', { cron: ' ' }, sum.s(1, 2)), /^cron must be an expression/);
  });

  test('a closed app refuses every call', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    yield* app.pause();
    const result = yield* sum.delay(1, 2);
    yield* app.close();
    const calls: (() => PromiseLike<unknown>)[] = [
      () => sum.delay(1, 2),
      () => sum.call(1, 2),
      () => app.group([sum.s(1, 2)]).delay(),
      () => result.get(),
      () => result.status(),
      () => app.result('none').get(),
      () => app.schedule('often', { every: 1_000 }, sum.s(1, 2)),
      () => app.unschedule('often'),
      () => app.schedules(),
      () => app.stats(),
      () => app.failed(),
      () => app.retry('none'),
      () => app.remove('none'),
      () => app.drain(),
      () => app.pause(),
      () => app.resume(),
      () => app.worker().run(),
    ];
    for (const call of calls) {
      const error = (yield* thrownBy(call)) as StoreError;
      assert.instance(error, StoreError, `${call}`);
      assert.is(error.code, 'closed', `${call}`);
    }
  });
}
