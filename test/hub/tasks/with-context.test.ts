import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import {
  call,
  Event,
  getcurrent,
  greenlet,
  sleep,
  spawn,
  spawnLater,
  until,
  withContext,
  withTimeout,
} from '../../../lib/index.ts';
import { runProgram } from '../../support/child.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('context');
const storage = new AsyncLocalStorage<string>();
const main = getcurrent();

/** The contexts that a greenlet sees before and after every kind of suspension. */
function* looks() {
  const seen = [storage.getStore()];
  yield* sleep(0);
  seen.push(storage.getStore());
  yield* sleep(1);
  seen.push(storage.getStore());
  yield* until(Promise.resolve());
  seen.push(storage.getStore());
  seen.push(
    yield* call(function* () {
      yield* sleep(0);
      return storage.getStore();
    }),
  );
  yield* spawn(() => sleep(0));
  seen.push(storage.getStore());
  return [...new Set(seen)];
}

test('after every switch, the body sees the storage.run() of the place where it was spawned', async () => {
  const a = storage.run('a', () => spawn(looks));
  const b = storage.run('b', () => spawn(looks));
  const none = spawn(looks);

  assert.equal(await a, ['a']);
  assert.equal(await b, ['b']);
  assert.equal(await none, [undefined]);
});

test('a greenlet that starts later, and a greenlet spawned by another, see it too', async () => {
  const later = storage.run('later', () => spawnLater(1, looks));
  const parent = storage.run('parent', () => spawn(() => spawn(looks)));

  assert.equal(await later, ['later']);
  assert.equal(await parent, ['parent']);
});

test('a woken greenlet does not get the context of the code that wakes it', async () => {
  const event = new Event();
  const waiter = storage.run('waiter', () =>
    spawn(function* () {
      yield* event.wait();
      return storage.getStore();
    }),
  );
  await sleep(0);

  storage.run('setter', () => event.set());

  assert.is(await waiter, 'waiter');
});

test('raw greenlets keep the context that they were made in', () => {
  const raw = storage.run('raw', () =>
    greenlet(function* () {
      const seen = [storage.getStore()];
      yield* main.switch();
      seen.push(storage.getStore());
      return seen;
    }),
  );

  storage.run('other', () => raw.switch());

  assert.equal(raw.switch().value, ['raw', 'raw']);
  assert.is(storage.getStore(), undefined);
});

test('main keeps its own context around a switch and an await', async () => {
  await storage.run('main', async () => {
    greenlet(function* () {
      yield* main.switch();
    }).switch();
    assert.is(storage.getStore(), 'main');
    await sleep(1);
    assert.is(storage.getStore(), 'main');
    assert.equal(await call(looks), ['main']);
  });
});

test('callbacks that a greenlet registers see its context', async () => {
  const seen: unknown[] = [];
  const gr = storage.run('gr', () =>
    spawn(function* () {
      yield* sleep(0);
      setImmediate(() => seen.push(storage.getStore()));
      Promise.resolve().then(() => seen.push(storage.getStore()));
      yield* sleep(0);
    }),
  );

  await gr;
  await sleep(5);

  assert.equal(seen, ['gr', 'gr']);
});

test('a body sees the value of withContext() after every switch, and the greenlet its own again afterwards', async () => {
  const gr = storage.run('outer', () =>
    spawn(function* () {
      const inner = yield* withContext(storage, 'inner', looks);
      const after = storage.getStore();
      yield* sleep(0);
      return [inner, after, storage.getStore()];
    }),
  );

  assert.equal(await gr, [['inner'], 'outer', 'outer']);
});

test('withContext() nests, and greenlets spawned inside see the innermost context', async () => {
  const gr = spawn(() =>
    withContext(storage, 'a', function* () {
      const spawned = yield* withContext(storage, 'b', function* () {
        yield* sleep(0);
        return { gr: spawn(looks) };
      });
      return [yield* spawned.gr, storage.getStore()];
    }),
  );

  assert.equal(await gr, [['b'], 'a']);
});

test('withContext() keeps other storages', async () => {
  const other = new AsyncLocalStorage<number>();
  const gr = other.run(7, () =>
    spawn(() =>
      withContext(storage, 'a', function* () {
        yield* sleep(0);
        return [storage.getStore(), other.getStore()];
      }),
    ),
  );

  assert.equal(await gr, ['a', 7]);
});

test('withContext() is left by an error, a timeout and a kill', async () => {
  const boom = new Error('boom');
  const seen: unknown[] = [];
  const gr = storage.run('outer', () =>
    spawn(function* () {
      try {
        yield* withContext(storage, 'inner', function* () {
          yield* sleep(0);
          throw boom;
        });
      } catch (error) {
        seen.push(error, storage.getStore());
      }
      yield* withTimeout(1, withContext(storage, 'inner', sleep(Infinity)), { timeoutValue: undefined });
      seen.push(storage.getStore());
      try {
        yield* withContext(storage, 'inner', function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            seen.push(storage.getStore());
          }
        });
      } finally {
        seen.push(storage.getStore());
      }
    }),
  );
  await sleep(20);

  await gr.kill();

  assert.equal(seen, [boom, 'outer', 'outer', 'inner', 'outer']);
});

test('withContext() takes plain functions and operations, and gives their result', async () => {
  assert.is(await withContext(storage, 'a', () => storage.getStore()), 'a');
  assert.is(
    await withContext(
      storage,
      'a',
      spawn(() => 'value'),
    ),
    'value',
  );
  assert.is(
    await failureOf(
      withContext(storage, 'a', () => {
        throw 'thrown';
      }),
    ),
    'thrown',
  );
});

test('withContext() in a raw greenlet that main entered', () => {
  const gr = greenlet(() =>
    withContext(storage, 'inner', function* () {
      yield* main.switch(storage.getStore());
      return storage.getStore();
    }),
  );

  assert.is(gr.switch().value, 'inner');
  assert.is(storage.getStore(), undefined);
  assert.is(gr.switch().value, 'inner');
});

test('an invalid body throws a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => withContext(storage, 'a', 5 as never)),
    TypeError,
  );
});

test('a kill raised in one context does not leak another', async () => {
  const victim = storage.run('victim', () =>
    spawn(function* () {
      try {
        yield* sleep(Infinity);
      } finally {
        seen.push(storage.getStore());
      }
    }),
  );
  const seen: unknown[] = [];
  await sleep(0);

  await storage.run('killer', () => spawn(() => victim.kill()));
  await victim.join();

  assert.equal(seen, ['victim']);
});

const firstUses: Record<string, string> = {
  'withContext() in a spawned greenlet': `
    console.log(await spawn(function* () {
      return yield* withContext(storage, 'x', function* () { yield* sleep(1); return storage.getStore(); });
    }));`,
  'an awaited withContext()': `
    console.log(await withContext(storage, 'x', function* () { yield* sleep(1); return storage.getStore(); }));`,
  'storage.run() in a greenlet that then sleeps': `
    console.log(await spawn(function* () {
      const seen = storage.run('x', () => storage.getStore());
      yield* sleep(1);
      return seen;
    }));`,
  'storage.run() in a greenlet that then switches': `
    console.log(await spawn(function* () {
      const seen = storage.run('x', () => storage.getStore());
      const raw = greenlet(function* () { yield* sleep(1); return seen; });
      return yield* raw.switch();
    }));`,
  'storage.run() in a greenlet that then switches to one made before': `
    console.log(await spawn(function* () {
      const raw = greenlet(function* (seen) { yield* sleep(1); return seen; });
      const seen = storage.run('x', () => storage.getStore());
      return yield* raw.switch(seen);
    }));`,
  'storage.run() in a greenlet that main entered': `
    const main = getcurrent();
    const gr = greenlet(function* () {
      const seen = storage.run('x', () => storage.getStore());
      return yield* main.switch(seen);
    });
    console.log(gr.switch().value);
    gr.switch();`,
  'storage.run() around a spawn in a greenlet': `
    console.log(await spawn(function* () {
      const child = storage.run('x', () => spawn(function* () { yield* sleep(1); return storage.getStore(); }));
      return yield* child;
    }));`,
};

for (const [what, source] of Object.entries(firstUses)) {
  test(`the first use of a storage in a program may be ${what}`, async () => {
    const ended = await runProgram(`
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const storage = new AsyncLocalStorage();
      ${source}
    `);

    assert.is(ended.stdout, 'x\n', ended.stderr);
    assert.is(ended.code, 0);
  });
}

test('withContext() refuses a storage that is no AsyncLocalStorage', async () => {
  const ended = await runProgram(`
    const storage = { run: (value, fn) => fn() };
    console.log(await withContext(storage, 1, () => 2).catch((error) => String(error)));
  `);

  assert.match(ended.stdout, 'TypeError: withContext() takes an AsyncLocalStorage');
});

test.run();
