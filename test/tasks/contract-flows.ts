/** What both engines do with chains and chords that are revoked, retried, or stored twice. */
import * as assert from 'uvu/assert';
import { Event, GreenletExit, sleep } from '../../lib/index.ts';
import type { TaskResult, Tasks } from '../../lib/tasks/index.ts';
import { cleaningTask } from './cleaning.ts';
import { OutOfStock } from './out-of-stock.ts';
import { type StagedTest, thrownBy } from './stage.ts';

type ChainResult = TaskResult<unknown>;

export function flowContract(test: StagedTest): void {
  test('groups and chords hold chains and chords', function* (stage) {
    const app = stage.app();
    const sum = app.task('sum', (a: number, b: number) => a + b);
    const total = app.task('total', (numbers: number[]) => numbers.reduce((a, b) => a + b, 0), { concurrency: 2 });
    const sell = app.task('sell', (n: number): number => {
      throw new OutOfStock(`${n}`);
    });
    stage.work(app);
    const chain = app.chain([sum.s(1, 2), sum.s(10)]);
    const chord = app.chord([sum.s(1, 1), chain], total.s());

    assert.equal(yield* app.group([chain, sum.s(3, 4), chord]).call(), [13, 7, 15]);
    assert.is(yield* app.chord([chain, chord, sum.s(0, 0)], total.s()).call(), 28);
    const failing = app.chord([chain, app.chain([sum.s(1, 2), sell.s()])], total.s());
    assert.instance(yield* thrownBy(() => failing.call()), OutOfStock);
  });

  test('a flow and a schedule refuse the calls of another app, whose tasks no worker of this app knows', function* (stage) {
    const [app, other] = [stage.app(), stage.app()];
    const own = app.task('own', (_before: unknown) => 1);
    const call = other.task('other', () => 1).s();

    for (const make of [
      () => app.group([call]),
      () => app.group([other.chain([call])]),
      () => app.chain([call, own.s()]),
      () => app.chord([call], own.s()),
      () => app.chord(other.group([call]), own.s()),
      () => app.chord([own.s(1)], other.task('last', (_all: number[]) => 1).s()),
      () => app.schedule('s', { every: 1_000 }, call),
    ]) {
      assert.throws(
        make,
        (error: Error) => error instanceof TypeError && /cannot take a call of the app/.test(error.message),
      );
    }
  });

  for (const [title, found] of [
    ['a chain', (result: ChainResult): ChainResult => result],
    ['a chain that is found by its id', ({ id }: ChainResult, app: Tasks): ChainResult => app.result(id)],
  ] as const) {
    test(`revoking ${title} revokes the call that runs`, function* (stage) {
      const app = stage.app();
      const events: string[] = [];
      const { slow, started } = cleaningTask(app, events);
      const after = app.task('after', (_before: unknown) => void events.push('after'));
      stage.work(app);
      const result = found(yield* app.chain([slow.s(), after.s(), after.s()]).delay(), app);
      yield* started.wait();
      yield* result.revoke();

      assert.equal(events, ['cleaned up']);
      assert.instance(yield* thrownBy(() => result.get()), GreenletExit);
      assert.is(yield* result.status(), 'revoked');
      assert.is((yield* app.stats()).active, 0);
    });
  }

  test('a chain that has failed goes on where it failed, once all that has failed is retried', function* (stage) {
    const app = stage.app();
    const events: string[] = [];
    let works = false;
    const first = app.task('first', () => {
      events.push('first');
      return 1;
    });
    const second = app.task('second', (n: number) => {
      events.push('second');
      if (!works) throw new OutOfStock('tea');
      return n + 1;
    });
    const third = app.task('third', (n: number) => n * 10);
    stage.work(app);
    const result = yield* app.chain([first.s(), second.s(), third.s()]).delay();
    assert.instance(yield* thrownBy(() => result.get()), OutOfStock);
    works = true;
    for (const { id } of yield* app.failed()) yield* app.retry(id);

    assert.is(yield* app.result(result.id), 20);
    assert.equal(events, ['first', 'second', 'second']);
    assert.equal(yield* app.failed(), []);
  });

  test('a chord that is retried waits for those of its calls that had failed', function* (stage) {
    const app = stage.app();
    let fails = 2;
    const go = new Event();
    const flaky = app.task('flaky', function* (n: number) {
      if (n === 0) return n;
      if (fails > 0) {
        fails -= 1;
        throw new OutOfStock('tea');
      }
      yield* go.wait();
      return n;
    });
    const total = app.task('total', (numbers: number[]) => numbers.reduce((a, b) => a + b, 0));
    stage.work(app);
    const result = yield* app.chord([flaky.s(0), flaky.s(1), flaky.s(2)], total.s()).delay();
    assert.instance(yield* thrownBy(() => result.get()), OutOfStock);
    while ((yield* app.failed()).length < 3) yield* sleep(1);
    assert.is(yield* app.retry(result.id), true);
    yield* sleep(1);
    go.set();

    assert.is(yield* app.result(result.id), 3);
  });

  test('drain() leaves a chain whose call runs', function* (stage) {
    const app = stage.app();
    const started = new Event();
    const go = new Event();
    const held = app.task('held', function* () {
      started.set();
      yield* go.wait();
      return 1;
    });
    const double = app.task('double', (n: number) => 2 * n);
    stage.work(app);
    const result = yield* app.chain([held.s(), double.s()]).delay();
    yield* started.wait();
    yield* app.drain();
    go.set();

    assert.is(yield* result, 2);
  });

  test('the same id again is the same chain', function* (stage) {
    const app = stage.app();
    let runs = 0;
    const count = app.task('count', () => {
      runs += 1;
      return runs;
    });
    const double = app.task('double', (n: number) => 2 * n);
    const chain = app.chain([count.s(), double.s()]);
    const first = yield* chain.applyAsync({ id: 'once' });
    const second = yield* chain.applyAsync({ id: 'once' });
    stage.work(app);
    assert.equal([yield* first, yield* second], [2, 2]);
    assert.is(yield* yield* chain.applyAsync({ id: 'once' }), 2);
    yield* double.call(0);

    assert.is(runs, 1);
  });
}
