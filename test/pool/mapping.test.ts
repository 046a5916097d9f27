import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import {
  Event,
  forEach,
  type Greenlet,
  GreenletExit,
  Group,
  getcurrent,
  getHub,
  Local,
  Pool,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { asynchronous, collect, double, mappers, queueOf, sources, stepsOf, Watched } from '../support/mappings.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/mapping');

for (const { name, map } of mappers) {
  for (const { name: source, make } of sources) {
    test(`${name} goes through ${source}, in a group and in a pool of one`, async () => {
      assert.equal(await map(new Group(), double, make()), [2, 4, 6]);
      assert.equal(await map(new Pool(1), double, make()), [2, 4, 6]);
    });
  }

  test(`${name} of nothing gives nothing`, async () => {
    for (const items of [[], asynchronous([]), queueOf([])]) assert.equal(await map(new Pool(2), double, items), []);
  });

  test(`${name} takes functions of every kind`, async () => {
    assert.equal(await map(new Pool(2), (item) => item + 1, [1, 2]), [2, 3]);
    assert.equal(await map(new Pool(2), async (item) => item + 1, [1, 2]), [2, 3]);
    assert.equal(await map(new Pool(2), () => sleep(0), [1, 2]), [undefined, undefined]);
  });

  test(`${name} runs no more at once than its pool`, () =>
    onVirtualTime(async () => {
      let running = 0;
      let most = 0;
      const work = function* (item: number) {
        running += 1;
        most = Math.max(most, running);
        yield* sleep(10);
        running -= 1;
        return item;
      };

      const results = await spawn(() => map(new Pool(3), work, new Watched(10)));

      assert.equal(results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.is(most, 3);
      assert.is(getHub().now(), 40);
    }));

  test(`${name} shares the slots of its pool with other members, in order`, () =>
    onVirtualTime(async () => {
      const pool = new Pool(1);
      pool.spawn(sleep, 10);

      await spawn(() => map(pool, () => sleep(10), [1, 2]));

      assert.is(getHub().now(), 30);
      assert.is(pool.freeCount(), 1);
    }));

  test(`${name} that is killed kills its members and closes its source`, () =>
    onVirtualTime(async () => {
      const pool = new Pool(2);
      const source = new Watched();
      let cleanedUp = 0;
      const worker = spawn(function* () {
        const work = function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            cleanedUp += 1;
          }
        };
        if (name === 'map()') yield* pool.map(work, source);
        else yield* forEach(name === 'imap()' ? pool.imap(work, source) : pool.imapUnordered(work, source), () => {});
      });
      await sleep(1);

      await worker.kill();
      await sleep(0);
      await sleep(0);

      assert.ok(worker.exception instanceof GreenletExit);
      assert.is(cleanedUp, 2);
      assert.is(source.closed, 1);
      assert.is(pool.size, 0);
    }));

  test(`${name} refuses a value that cannot be iterated, at the call`, () => {
    const pool = new Pool(1);
    for (const bad of [undefined, null, 1, () => [], {}]) {
      assert.instance(
        thrownBy(() => {
          if (name === 'map()') return pool.map(double, bad as never);
          return name === 'imap()' ? pool.imap(double, bad as never) : pool.imapUnordered(double, bad as never);
        }),
        TypeError,
      );
    }
  });
}

for (const { name, map } of mappers) {
  test(`each item of ${name} has its own greenlet, with its own values of a Local`, async () => {
    const local = new Local<{ item: number }>();
    const seen: unknown[] = [];
    const greenlets = new Set<unknown>();
    const results = await map(
      new Pool(1),
      (item) => {
        const greenlet = getcurrent() as Greenlet;
        seen.push([local.item, greenlet.args]);
        local.item = item;
        greenlets.add(greenlet);
        return item;
      },
      [1, 2, 3],
    );

    assert.equal(results, [1, 2, 3]);
    assert.equal(seen, [
      [undefined, [1]],
      [undefined, [2]],
      [undefined, [3]],
    ]);
    assert.is(greenlets.size, 3);
  });

  test(`an item of ${name} sees the AsyncLocalStorage of the caller, and nothing of the previous item`, async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const pool = new Pool(1);
    const work = function* (item: number) {
      seen.push(storage.getStore());
      storage.enterWith(`item ${item}`);
      yield* sleep(0);
    };

    await storage.run('the caller', () => spawn(() => map(pool, work, [1, 2, 3])));

    assert.equal(seen, ['the caller', 'the caller', 'the caller']);
  });

  test(`${name} does not starve greenlets that wait for a slot, whatever its source`, async () => {
    for (const items of [Array.from({ length: 100 }, (_, item) => item), new Watched(100)]) {
      const pool = new Pool(1);
      let done = 0;
      const mapped = spawn(() =>
        map(
          pool,
          () => {
            done += 1;
          },
          items,
        ),
      );
      const waiting = spawn(function* () {
        while (done === 0) yield* sleep(0);
        while (pool.full()) yield* pool.waitAvailable();
        return done;
      });
      const spawned = spawn(function* () {
        while (done === 0) yield* sleep(0);
        return yield* pool.spawn(() => done);
      });

      assert.ok((await waiting) < 10);
      assert.ok((await spawned) < 10);
      await mapped;
      assert.is(done, 100);
    }
  });

  test(`a discarded member of ${name} continues, and its result is given`, async () => {
    const pool = new Pool(1);
    const gate = new Event();
    const mapped = spawn(() =>
      map(
        pool,
        function* (item) {
          yield* gate.wait();
          return item;
        },
        [1, 2],
      ),
    );
    await sleep(1);

    for (const member of [...pool]) pool.discard(member);
    assert.is(pool.size, 0);
    gate.set();

    assert.equal(await mapped, [1, 2]);
    assert.is(pool.freeCount(), 1);
  });

  test(`${name} includes items added to an array meanwhile, and throws an error of a step`, async () => {
    const items = [0, 1];
    const grow = (item: number) => {
      if (items.length < 5) items.push(items.length);
      return item;
    };
    assert.equal(await map(new Pool(1), grow, items), [0, 1, 2, 3, 4]);

    const broken = new Proxy([0, 1], {
      get: (array, key) => {
        if (key === '1') throw new RangeError('of the array');
        return Reflect.get(array, key);
      },
    });
    const pool = new Pool(1);
    assert.is(((await failureOf(map(pool, double, broken))) as Error).message, 'of the array');
    await sleep(0);
    assert.is(pool.size, 0);
  });
}

test('map() and imap() give results in the order of the items, imapUnordered() in that of their ends', () =>
  onVirtualTime(async () => {
    const pool = new Pool(3);
    const work = function* (ms: number) {
      yield* sleep(ms);
      return ms;
    };

    assert.equal(await spawn(() => pool.map(work, [30, 10, 20])), [30, 10, 20]);
    assert.equal(await spawn(() => collect(pool.imap(work, [30, 10, 20]))), [30, 10, 20]);
    assert.equal(await spawn(() => collect(pool.imapUnordered(work, [30, 10, 20]))), [10, 20, 30]);
  }));

test('errors thrown by map() and imap() are not reported', async ({ reported }) => {
  const pool = new Pool(4);
  const work = (item: number) => {
    if (item > 1) throw new Error(`${item}`);
    return item;
  };

  await failureOf(pool.map(work, [1, 2, 3, 4]));
  const steps = await spawn(() => stepsOf(pool.imap(work, [1, 2, 3]), 4));
  await sleep(1);
  await reportsMade();

  assert.equal(steps, [1, '2', '3', 'end']);
  assert.equal(reported, []);
});

test.run();
