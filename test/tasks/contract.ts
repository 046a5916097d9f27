/** What both engines do. Nothing here depends on how long something takes. */
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  Event,
  GreenletExit,
  getcurrent,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  wait,
} from '../../lib/index.ts';
import { currentTask, RetryLater, UnknownJobError, Unrecoverable } from '../../lib/tasks/index.ts';
import { cleaningTask } from './cleaning.ts';
import { OutOfStock } from './out-of-stock.ts';
import { type StagedTest, thrownBy } from './stage.ts';

function* add(a: number, b: number): Coroutine<number> {
  return a + b;
}

export function contract(test: StagedTest): void {
  test('call() gives what the task returns', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);

    assert.is(yield* sum.call(1, 2), 3);
  });

  test('plain and async functions are tasks, too', function* (stage) {
    const app = stage.app();
    const plain = app.task('plain', (a: number) => a + 1);
    const later = app.task('later', async (a: number) => a + 2);
    stage.work(app);

    assert.equal([yield* plain.call(1), yield* later.call(1)], [2, 3]);
  });

  test('delay() gives a result that knows the end of the job', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);
    const result = yield* sum.delay(1, 2);

    assert.is(yield* result, 3);
    assert.ok(result.ready());
    assert.is(yield* result.get({ timeout: 0 }), 3);
    assert.is(yield* result.status(), 'completed');
  });

  test('run() runs the function here', function* (stage) {
    const app = stage.app();
    const here = app.task('here', () => getcurrent().name);

    assert.is(yield* here.run(), getcurrent().name);
  });

  test('arguments and results that JSON cannot hold arrive', function* (stage) {
    const app = stage.app();
    const values = [
      new Map([[1, new Date(5)]]),
      new Set(['a']),
      10n ** 30n,
      new Uint8Array([1, 2]),
      { a: undefined, b: Number.NaN, c: -0 },
      [undefined, null],
      undefined,
      'text',
      { plain: [1, { deep: true }] },
    ];
    const same = app.task('same', (value: unknown) => value);
    stage.work(app);

    for (const value of values) assert.equal(yield* same.call(value), value);
  });

  test('a value that was changed after the call arrives as it was', function* (stage) {
    const app = stage.app();
    const same = app.task('same', (value: { n: number }) => value);
    stage.work(app);
    const value = { n: 1 };
    const storing = same.delay(value);
    value.n = 2;
    const first = yield* storing;
    value.n = 3;

    assert.equal(yield* first, { n: 1 });
    assert.equal(yield* yield* storing, { n: 3 });
  });

  test('what cannot be stored is a TypeError at the caller, with its path', function* (stage) {
    const app = stage.app();
    const same = app.task('same', (value: unknown) => value);

    assert.throws(() => same.delay({ on: [() => 1] }), /^args\[0\]\.on\[0\] is a function/);
    assert.throws(() => same.call(new Queue()), /^args\[0\] is a Queue/);
    assert.throws(() => same.s(Symbol('s')), /^args\[0\] is a symbol/);
  });

  test('arguments and results that are too large are refused', function* (stage) {
    const app = stage.app({ maxPayload: 1_000 });
    const double = app.task('double', (text: string) => text + text, { attempts: 3 });
    stage.work(app);

    assert.throws(
      () => double.delay('x'.repeat(1_024)),
      /^args of 1 KiB cannot be stored, because the limit is 1000 bytes/,
    );
    const error = (yield* thrownBy(() => double.call('x'.repeat(600)))) as Error;
    assert.instance(error, Unrecoverable);
    assert.match((error.cause as Error).message, /^result of 1 KiB cannot be stored/);
    const list = app.task('list', (length: number) => new Array<number>(length).fill(1 / 3));
    assert.is((yield* list.call(40)).length, 40);
    const refused = (yield* thrownBy(() => list.call(60))) as Error;
    assert.match((refused.cause as Error).message, /^result of 1 KiB cannot be stored/);
  });

  test('an error arrives with its class, properties, cause and the stack of the worker', function* (stage) {
    const app = stage.app();
    const sell = app.task('sell', function* sell(item: string) {
      throw new OutOfStock(item, { cause: new RangeError('0') });
    });
    stage.work(app);
    const error = yield* thrownBy(() => sell.call('tea'));

    assert.instance(error, OutOfStock);
    assert.is((error as OutOfStock).item, 'tea');
    assert.is((error as OutOfStock).message, 'no tea left');
    assert.instance((error as OutOfStock).cause, RangeError);
    assert.match((error as OutOfStock).stack ?? '', /at .*sell .*contract\.ts[\s\S]*contract\.ts/);
  });

  test('a task that throws is tried again, up to its attempts', function* (stage) {
    const app = stage.app();
    const flaky = app.task(
      'flaky',
      function* (good: number) {
        const { attempt } = currentTask();
        if (attempt < good) throw new Error(`attempt ${attempt}`);
        return attempt;
      },
      { attempts: 3, backoff: 1 },
    );
    stage.work(app);

    assert.is(yield* flaky.call(3), 3);
    assert.match(String(yield* thrownBy(() => flaky.call(4))), /attempt 3/);
    const once = yield* flaky.applyAsync([2], { attempts: 1 });
    assert.match(String(yield* thrownBy(() => once.get())), /attempt 1/);
    assert.is(yield* once.status(), 'failed');
  });

  test('what has failed for good is kept, can be run again, and be removed', function* (stage) {
    const app = stage.app();
    let works = false;
    const sell = app.task(
      'sell',
      (item: string) => {
        if (!works) throw new OutOfStock(item);
        return item;
      },
      { attempts: 2, backoff: 1 },
    );
    stage.work(app);
    const result = yield* sell.delay('tea');
    yield* thrownBy(() => result.get());
    const [failed] = yield* app.failed();

    assert.is(failed?.id, result.id);
    assert.is(failed?.task, 'sell');
    assert.is(failed?.queue, 'default');
    assert.is(failed?.attempts, 2);
    assert.instance(failed?.error, OutOfStock);
    works = true;
    assert.is(yield* app.retry(result.id), true);
    assert.is(yield* app.result(result.id).get(), 'tea');
    assert.is(yield* app.retry(result.id), false);
    assert.equal(yield* app.failed(), []);
    assert.is(yield* app.remove(result.id), true);
    assert.instance(yield* thrownBy(() => app.result(result.id).status()), UnknownJobError);
  });

  test('Unrecoverable is not tried again', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const gone = app.task(
      'gone',
      () => {
        runs += 1;
        throw new Unrecoverable('404');
      },
      { attempts: 5, backoff: 1 },
    );
    stage.work(app);
    const error = yield* thrownBy(() => gone.call());

    assert.instance(error, Unrecoverable);
    assert.is((error as Error).message, '404');
    assert.is(runs, 1);
  });

  test('RetryLater runs it again without counting an attempt', function* (stage) {
    const app = stage.app();
    const attempts: number[] = [];
    const later = app.task('later', () => {
      attempts.push(currentTask().attempt);
      if (attempts.length < 4) throw new RetryLater(1);
      return attempts.length;
    });
    stage.work(app);

    assert.is(yield* later.call(), 4);
    assert.equal(attempts, [1, 1, 1, 1]);
  });

  test('a run that takes too long gets a Timeout', function* (stage) {
    const app = stage.app();
    const ended: string[] = [];
    const slow = app.task(
      'slow',
      function* () {
        try {
          yield* sleep(1_000_000);
        } finally {
          ended.push('finally');
        }
      },
      { timeout: 20 },
    );
    stage.work(app);

    assert.instance(yield* thrownBy(() => slow.call()), Timeout);
    assert.equal(ended, ['finally']);
  });

  test('get() waits as long as it is told to, and the job goes on', function* (stage) {
    const app = stage.app();
    const go = new Event();
    const held = app.task('held', function* () {
      yield* go.wait();
      return 'done';
    });
    stage.work(app);
    const result = yield* held.delay();

    assert.match(
      String(yield* thrownBy(() => result.get({ timeout: 1 }))),
      /^Timeout: the job .* has not ended within 1 ms/,
    );
    go.set();
    assert.is(yield* result.get(), 'done');
  });

  test('lower priorities run first, and jobs without one before all', function* (stage) {
    const app = stage.app();
    const order: string[] = [];
    const note = app.task('note', (name: string) => void order.push(name));
    const results = [
      yield* note.applyAsync(['c'], { priority: 20 }),
      yield* note.applyAsync(['b'], { priority: 10 }),
      yield* note.applyAsync(['a'], {}),
    ];
    yield* app.pause();
    stage.work(app, { concurrency: 1 });
    yield* app.resume();
    for (const result of results) yield* result;

    assert.is(order.length, 3);
    assert.ok(order.indexOf('b') < order.indexOf('c'));
  });

  test('a delayed job runs later', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);
    const never = yield* sum.applyAsync([1, 2], { eta: new Date(Date.now() + 3_600_000) });
    const soon = yield* sum.applyAsync([3, 4], { delay: 30 });

    assert.is(yield* never.status(), 'delayed');
    assert.is(yield* soon, 7);
    yield* never.revoke();
  });

  test('a job that no worker took in time fails with a Timeout', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add, { attempts: 3 });
    yield* app.pause();
    const result = yield* sum.applyAsync([1, 2], { expires: 1 });
    yield* sleep(10);
    stage.work(app);
    yield* app.resume();

    assert.match(String(yield* thrownBy(() => result.get())), /^Timeout: the job .* of sum has expired/);
  });

  test('the same id again is the same job', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const count = app.task('count', () => {
      runs += 1;
      return runs;
    });
    for (const id of ['page:1', '42', '100%']) {
      runs = 0;
      const first = yield* count.applyAsync([], { id });
      const second = yield* count.applyAsync([], { id });
      stage.work(app);
      assert.equal([first.id, yield* first, yield* second], [id, 1, 1]);
      assert.is(yield* yield* count.applyAsync([], { id }), 1);
      assert.is(yield* app.result(id), 1);
    }
  });

  test('nothing is known of a job that was never stored', function* (stage) {
    const app = stage.app();

    assert.instance(yield* thrownBy(() => app.result('none').get()), UnknownJobError);
    assert.instance(yield* thrownBy(() => app.result('none').status()), UnknownJobError);
    assert.instance(yield* thrownBy(() => app.remove('none')), UnknownJobError);
  });

  test('a job that was revoked while it waited never runs', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const count = app.task('count', () => {
      runs += 1;
    });
    yield* app.pause();
    const waiting = yield* count.delay();
    const delayed = yield* count.applyAsync([], { delay: 1_000_000 });
    const get = spawn(() => waiting.get());
    const error = spawn(() => thrownBy(() => get));
    yield* waiting.revoke({ reason: 'not needed' });
    yield* delayed.revoke();
    stage.work(app);
    yield* app.resume();

    assert.is(String(yield* error), 'GreenletExit: not needed');
    assert.equal([yield* waiting.status(), yield* delayed.status()], ['revoked', 'revoked']);
    assert.instance(yield* thrownBy(() => delayed.get()), GreenletExit);
    assert.is(yield* app.task('last', () => runs).call(), 0);
  });

  test('revoke() kills a task that runs: its cleanup runs, also what is shielded, and it is not tried again', function* (stage) {
    const app = stage.app();
    const events: string[] = [];
    const started = new Event();
    const slow = app.task(
      'slow',
      function* () {
        events.push('started');
        started.set();
        try {
          yield* sleep(1_000_000);
        } catch (error) {
          events.push(String(error));
          throw error;
        } finally {
          yield* shield(() => sleep(1));
          events.push('cleaned up');
        }
      },
      { attempts: 5, backoff: 1 },
    );
    stage.work(app);
    const result = yield* slow.delay();
    yield* started.wait();
    yield* result.revoke({ reason: 'enough' });

    assert.equal(events, ['started', 'GreenletExit: enough', 'cleaned up']);
    assert.is(String(yield* thrownBy(() => result.get())), 'GreenletExit: enough');
    assert.is(yield* result.status(), 'revoked');
    assert.is(yield* app.result(result.id).status(), 'revoked');
    assert.equal(yield* app.failed(), []);
  });

  test('a job that has ended cannot be revoked', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    stage.work(app);
    const result = yield* sum.delay(1, 2);
    yield* result;
    yield* result.revoke();

    assert.is(yield* result.status(), 'completed');
  });

  test('a caller that is killed in call() leaves no running task', function* (stage) {
    const app = stage.app();
    const events: string[] = [];
    const { slow, started } = cleaningTask(app, events);
    stage.work(app);
    const caller = spawn(() => slow.call());
    yield* started.wait();
    yield* caller.kill();

    assert.equal(events, ['cleaned up']);
    assert.is((yield* app.stats()).active, 0);
  });

  test('a caller that is killed before its task runs leaves nothing behind', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const count = app.task('count', () => {
      runs += 1;
    });
    yield* app.pause();
    yield* spawn(() => count.call()).kill();
    const caller = spawn(() => count.call());
    yield* sleep(0);
    yield* caller.kill();
    stage.work(app);
    yield* app.resume();
    yield* app.task('last', () => {}).call();

    assert.is(runs, 0);
    assert.is((yield* app.stats()).waiting, 0);
  });

  test('a group gives the results in its order', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    const text = app.task('text', (n: number) => `${n}`, { concurrency: 2 });
    stage.work(app);
    const group = app.group([sum.s(1, 2), text.s(5), sum.s(3, 4)]);

    assert.equal(yield* group.call(), [3, '5', 7]);
    const results = yield* group.delay();
    assert.equal(yield* results, [3, '5', 7]);
    assert.ok(results.ready());
    assert.equal(yield* app.group([]).call(), []);
  });

  test('each call of a chain is given the result of the one before', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    const text = app.task('text', (n: number) => new Map([[n, n]]), { concurrency: 2 });
    stage.work(app);

    assert.equal(yield* app.chain([sum.s(1, 2), sum.s(10), text.s()]).call(), new Map([[13, 13]]));
  });

  test('a chord gives the results of its calls to the callback', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    const total = app.task('total', (numbers: number[], more: number = 0): number =>
      numbers.reduce((a, b) => a + b, more),
    );
    stage.work(app);

    assert.is(yield* app.chord([sum.s(1, 2), sum.s(3, 4)], total.s(100)).call(), 110);
    assert.is(yield* app.chord(app.group([sum.s(1, 2), sum.s(3, 4)]), total.s()).call(), 10);
    assert.is(yield* app.chord([], total.s(5)).call(), 5);
  });

  test('a chain and a chord fail with the error of a call', function* (stage) {
    const app = stage.app();
    let after = 0;
    const sell = app.task('sell', (item: string): string => {
      throw new OutOfStock(item);
    });
    const count = app.task('count', (_before: unknown) => {
      after += 1;
    });
    stage.work(app);

    assert.instance(yield* thrownBy(() => app.chain([sell.s('tea'), count.s(), count.s()]).call()), OutOfStock);
    assert.instance(yield* thrownBy(() => app.chord([sell.s('tea')], count.s()).call()), OutOfStock);
    assert.is(after, 0);
  });

  test('a schedule makes one job each time', function* (stage) {
    const app = stage.app();
    const ticks = new Queue<number>();
    const tick = app.task('tick', (n: number) => ticks.putNowait(n));
    for (let workers = 0; workers < 3; workers += 1) stage.work(app);
    yield* app.schedule('often', { every: 20 }, tick.s(7));
    const [schedule] = yield* app.schedules();

    assert.equal([yield* ticks.get(), yield* ticks.get(), yield* ticks.get()], [7, 7, 7]);
    assert.equal(
      { ...schedule, next: null },
      { name: 'often', task: 'tick', every: 20, cron: null, tz: null, next: null },
    );
    assert.is(yield* app.unschedule('often'), true);
    assert.is(yield* app.unschedule('often'), false);
    assert.equal(yield* app.schedules(), []);
  });

  test('a schedule of the same name replaces the one before', function* (stage) {
    const app = stage.app();
    const tick = app.task('tick', () => {});
    const tock = app.task('tock', () => {}, { concurrency: 1 });
    yield* app.schedule('job', { cron: '0 3 * * *', tz: 'Europe/Berlin' }, tick.s());
    yield* app.schedule('job', { cron: '0 4 * * *', tz: 'Europe/Berlin' }, tock.s());
    const schedules = yield* app.schedules();

    assert.equal(
      schedules.map(({ name, task, cron, tz }) => [name, task, cron, tz]),
      [['job', 'tock', '0 4 * * *', 'Europe/Berlin']],
    );
    assert.is((yield* app.stats()).delayed, 1);
    yield* app.unschedule('job');
    assert.is((yield* app.stats()).delayed, 0);
  });

  test('a wrong cron expression is an error at the caller', function* (stage) {
    const app = stage.app();
    const tick = app.task('tick', () => {});

    assert.instance(yield* thrownBy(() => app.schedule('wrong', { cron: '61 * * * *' }, tick.s())), Error);
    assert.equal(yield* app.schedules(), []);
  });

  test('a worker serves its queues', function* (stage) {
    const app = stage.app();
    const mail = app.task('mail', () => currentTask().queue, { queue: 'mail' });
    const other = app.task('other', () => currentTask().queue);
    yield* app.pause();
    stage.work(app, { queues: ['mail', 'urgent'] });
    const waits = yield* other.delay();
    yield* app.resume();

    assert.is(yield* mail.call(), 'mail');
    assert.is(yield* yield* other.applyAsync([], { queue: 'urgent' }), 'urgent');
    assert.is(yield* waits.status(), 'waiting');
  });

  test('a paused app takes no jobs until it is resumed', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    yield* app.pause();
    stage.work(app);
    const [first, second] = [yield* sum.delay(1, 2), yield* sum.delay(3, 4)];
    const { waiting, lanes } = yield* app.stats();

    assert.equal([waiting, lanes.default?.waiting], [2, 2]);
    yield* app.resume();
    assert.equal([yield* first, yield* second], [3, 7]);
  });

  test('drain() removes what waits', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    yield* app.pause();
    yield* sum.delay(1, 2);
    yield* sum.applyAsync([1, 2], { delay: 1_000_000 });
    yield* app.drain();
    const { waiting, delayed } = yield* app.stats();

    assert.equal([waiting, delayed], [0, 0]);
  });

  test('a worker that stops lets its tasks end', function* (stage) {
    const app = stage.app();
    const started = new Event();
    const go = new Event();
    const held = app.task('held', function* () {
      started.set();
      yield* go.wait();
      return 'done';
    });
    const worker = stage.work(app);
    const result = yield* held.delay();
    yield* started.wait();
    const stopping = spawn(() => worker.stop());
    yield* sleep(5);
    go.set();
    yield* stopping;

    assert.is(yield* result.get(), 'done');
    assert.is(worker.completed, 1);
  });

  test('a task that does not end in time is killed, and another worker runs it', function* (stage) {
    const app = stage.app();
    const events: string[] = [];
    const started = new Event();
    const slow = app.task('slow', function* () {
      events.push(`attempt ${currentTask().attempt}`);
      if (started.isSet()) return 'done';
      started.set();
      try {
        yield* sleep(1_000_000);
      } finally {
        events.push('killed');
      }
      return 'never';
    });
    const worker = stage.work(app, { grace: 5 });
    const result = yield* slow.delay();
    yield* started.wait();
    yield* worker.stop();
    stage.work(app);

    assert.is(yield* result, 'done');
    assert.equal(events, ['attempt 1', 'killed', 'attempt 1']);
  });

  test('progress and logs can be asked for', function* (stage) {
    const app = stage.app();
    const go = new Event();
    const told = new Event();
    const slow = app.task('slow', function* () {
      const task = currentTask();
      task.progress({ pages: 3 });
      task.log('one');
      task.log('two');
      told.set();
      yield* go.wait();
    });
    stage.work(app);
    const result = yield* slow.delay();
    yield* told.wait();

    assert.is(yield* result.status(), 'active');
    assert.equal(yield* result.progress(), { pages: 3 });
    assert.equal(yield* result.logs(), ['one', 'two']);
    go.set();
    yield* result;
    assert.equal(yield* result.progress(), { pages: 3 });
  });

  test('currentTask() is known to the greenlets that a task spawns', function* (stage) {
    const app = stage.app();
    const ask = app.task('ask', function* () {
      const inner = yield* spawn(() => currentTask());
      return [inner.id, inner.name, inner.attempt, inner.queue];
    });
    stage.work(app);
    const result = yield* ask.delay();

    assert.equal(yield* result, [result.id, 'ask', 1, 'default']);
    assert.throws(() => currentTask(), /currentTask\(\) was called where no task runs/);
  });

  test('results can be waited for with other things', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', add);
    const go = new Event();
    const held = app.task('held', () => go.wait());
    stage.work(app);
    const first = yield* held.delay();
    const second = yield* sum.delay(1, 2);

    assert.equal(yield* wait([first, second], { count: 1 }), [second]);
    assert.is(yield* second.get({ timeout: 0 }), 3);
    go.set();
    assert.equal(yield* wait([first]), [first]);
  });

  test('a task with a concurrency never runs more often at once in a worker', function* (stage) {
    const app = stage.app();
    let running = 0;
    let most = 0;
    const narrow = app.task(
      'narrow',
      function* () {
        running += 1;
        most = Math.max(most, running);
        yield* sleep(1);
        running -= 1;
      },
      { concurrency: 2 },
    );
    stage.work(app);
    yield* app.group(Array.from({ length: 8 }, () => narrow.s())).call();

    assert.is(most, 2);
  });
}
