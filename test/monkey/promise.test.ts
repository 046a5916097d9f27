import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as assert from 'uvu/assert';
import { call, GreenletExit, sleep, spawn, Timeout, until, withTimeout } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';

const patched = suite('promise');
const test = patching(patched);
const bare = suite('promise, unpatched');

class OwnPromise<T> extends Promise<T> {}

test('yield* of a promise gives its value', async () => {
  const gr = spawn(function* () {
    const first = yield* Promise.resolve(1);
    const second = yield* new Promise<number>((resolve) => setImmediate(resolve, 2));
    return [first, second];
  });

  assert.equal(await gr, [1, 2]);
});

test('yield* of a promise throws its rejection', async () => {
  const boom = new Error('boom');

  const gr = spawn(function* () {
    try {
      return yield* Promise.reject(boom);
    } catch (error) {
      return ['caught', error];
    }
  });

  assert.equal(await gr, ['caught', boom]);
});

test('a rejection that the greenlet does not catch is the error of the greenlet', async () => {
  const boom = new Error('boom');

  assert.is(await failureOf(spawn(() => Promise.reject(boom))), boom);
  assert.is(
    await failureOf(
      spawn(function* () {
        yield* Promise.reject(boom);
      }),
    ),
    boom,
  );
});

test('the promise of an async function, a promise of a subclass and the combinators can be waited for', async () => {
  const later = async <T>(value: T): Promise<T> => value;

  const gr = spawn(function* () {
    return [
      yield* later('async'),
      yield* OwnPromise.resolve('subclass'),
      yield* Promise.all([later(1), later(2)]),
      yield* Promise.race([later('race')]),
      yield* Promise.any([Promise.reject(new Error('not this one')), later('any')]),
      yield* Promise.allSettled([later('settled')]),
    ];
  });

  assert.equal(await gr, ['async', 'subclass', [1, 2], 'race', 'any', [{ status: 'fulfilled', value: 'settled' }]]);
});

test('a promise can be waited for again, and by several greenlets at once', async () => {
  const shared = new Promise<string>((resolve) => setImmediate(resolve, 'shared'));
  function* waiter() {
    return [yield* shared, yield* shared];
  }

  const jobs = [spawn(waiter), spawn(waiter)];

  assert.equal(await Promise.all(jobs), [
    ['shared', 'shared'],
    ['shared', 'shared'],
  ]);
});

test('a promise can be waited for in a call() and in a generator that is delegated to', async () => {
  function* inner() {
    return yield* Promise.resolve('inner');
  }

  const gr = spawn(function* () {
    return [yield* inner(), yield* call(inner)];
  });

  assert.equal(await gr, ['inner', 'inner']);
});

test('a greenlet that waits for a promise can be killed, and a later rejection is not unhandled', async () => {
  const gate: { reject?: (error: Error) => void } = {};
  const promise = new Promise<void>((_, reject) => {
    gate.reject = reject;
  });
  let ended = 0;
  const gr = spawn(function* () {
    try {
      yield* promise;
    } finally {
      ended += 1;
    }
  });
  await sleep(0);

  await gr.kill();
  gate.reject?.(new Error('too late'));
  await sleep(0);

  assert.instance(gr.exception, GreenletExit);
  assert.is(ended, 1);
});

test('withTimeout ends a wait for a promise', async () => {
  const never = new Promise<never>(() => {});

  const gr = spawn(function* () {
    return yield* withTimeout(1, function* () {
      return yield* never;
    });
  });

  assert.instance(await failureOf(gr), Timeout);
});

test('a greenlet that was given the value before it was killed receives it', async () => {
  const gate: { open?: (value: string) => void } = {};
  const promise = new Promise<string>((resolve) => {
    gate.open = resolve;
  });
  const seen: string[] = [];
  const gr = spawn(function* () {
    seen.push(yield* promise);
    yield* sleep(0);
    seen.push('too far');
  });
  await sleep(0);

  // After the greenlet in the promise's queue, and before the hub resumes it.
  const killed = promise.then(() => gr.kill());
  gate.open?.('value');
  await killed;

  assert.equal(seen, ['value']);
});

test('in a greenlet streams are made of promises and async functions as outside', async () => {
  for (const where of ['inside', 'outside']) {
    const made = (): Duplex[] => [
      Duplex.from(Promise.resolve('text')),
      Duplex.from(async (source: AsyncIterable<string>) => {
        for await (const chunk of source) throw new Error(chunk);
      }),
    ];
    const [read, written] = where === 'inside' ? await spawn(made) : made();
    assert.equal(await read?.toArray(), ['text']);
    assert.match(((await failureOf(pipeline(['chunk'], written as Duplex))) as Error).message, 'chunk');
  }
});

test('outside greenlets a promise is not iterable', async () => {
  const promise = Promise.resolve(1) as unknown as Iterable<unknown>;

  assert.is(promise[Symbol.iterator], undefined);
  assert.instance(
    thrownBy(() => [...promise]),
    TypeError,
  );
  assert.instance(
    thrownBy(() => new Set(promise)),
    TypeError,
  );
  assert.equal(Array.from(promise), []);
});

test('a promise is not iterable in an async function that a greenlet waits for', async () => {
  const gr = spawn(() =>
    until(
      (async () => {
        await null;
        return (Promise.resolve() as unknown as Iterable<unknown>)[Symbol.iterator];
      })(),
    ),
  );

  assert.is(await gr, undefined);
});

test('a promise that a greenlet has waited for is not iterable outside', async () => {
  const promise = Promise.resolve(1);
  await spawn(function* () {
    yield* promise;
  });

  assert.is((promise as unknown as Iterable<unknown>)[Symbol.iterator], undefined);
});

test('outside greenlets a program can give a promise its own iterator', async () => {
  const iterator = () => [1, 2][Symbol.iterator]();

  const assigned = Object.assign(Promise.resolve(), { [Symbol.iterator]: iterator });

  assert.equal([...(assigned as unknown as Iterable<number>)], [1, 2]);
});

test('a subclass that has an iterator of its own keeps it, inside greenlets too', async () => {
  class Iterable2 extends Promise<void> {
    override *[Symbol.iterator](): Generator<never, never> {
      return 'own' as never;
    }
  }
  const promise = new Iterable2((resolve) => resolve());

  const gr = spawn(function* () {
    return yield* promise;
  });

  assert.is(await gr, 'own' as never);
});

test('enumeration, JSON and the text of a promise are unchanged', async () => {
  const promise = Promise.resolve(1);
  const keys: string[] = [];
  for (const key in promise) keys.push(key);

  assert.equal(keys, []);
  assert.is(JSON.stringify(promise), '{}');
  assert.is(String(promise), '[object Promise]');
});

bare('without the patch a promise is not iterable in a greenlet either', async () => {
  const gr = spawn(function* () {
    yield* Promise.resolve(1);
  });

  assert.instance(await failureOf(gr), TypeError);
});

patched.run();
bare.run();
