/** All calls that iterate over a source treat an iterator that breaks the protocol as `for await` does. */
import * as assert from 'uvu/assert';
import { forEach, getHub, Iteration, Pool, spawn } from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';

const test = suite('contract/iterator-protocol');

type Source = AsyncIterable<unknown>;

/** Ways to iterate over a source that record each item. Each ends as the source does. */
const WAYS: { readonly [name: string]: (source: Source, note: (item: unknown) => void) => PromiseLike<unknown> } = {
  forEach: (source, note) => spawn(() => forEach(source, note)),
  'forEach() from main': (source, note) => forEach(source, note),
  'Pool.map': (source, note) => new Pool(2).map(note, source),
  'Pool.map in its own full pool': (source, note) => {
    const pool = new Pool(1);
    return pool.spawn(() => pool.map(note, source));
  },
  'Pool.imap': (source, note) => spawn(() => forEach(new Pool(2).imap(note, source), () => {})),
  'Pool.imap in its own full pool': (source, note) => {
    const pool = new Pool(1);
    return pool.spawn(() => forEach(pool.imap(note, source), () => {}));
  },
  'Pool.imapUnordered': (source, note) => spawn(() => forEach(new Pool(2).imapUnordered(note, source), () => {})),
  'for await over Pool.imap': (source, note) => native(new Pool(2).imap(note, source), () => {}),
};

/** All of them are compared with this. */
async function native(source: Source, note: (item: unknown) => void): Promise<void> {
  for await (const item of source) note(item);
}

/** An async iterable with these steps and then the end. It records `return()`. */
function stepping(...steps: unknown[]): () => Source & { returned: number } {
  return () => {
    const rest = [...steps];
    const source = {
      returned: 0,
      [Symbol.asyncIterator]: () => ({
        next: () => (rest.length > 0 ? rest.shift() : { done: true }),
        return: () => {
          source.returned += 1;
          return { done: true };
        },
      }),
    };
    return source as never;
  };
}

function iterating(iterator: unknown): () => Source {
  return () => ({ [Symbol.asyncIterator]: () => iterator }) as never;
}

/** An object with such a `then`. */
function withThen(then: PropertyDescriptor, rest: object = {}): object {
  return Object.defineProperty({ ...rest }, 'then', then);
}

const unreadable = withThen({
  get() {
    throw new RangeError('then is not to be had');
  },
});

/** A thenable whose `then()` returns nothing, unlike a promise's. */
function thenable(then: (resolve: (value: unknown) => void) => void): object {
  return withThen({ value: then });
}

/** Sources that `for await` ends with an error. */
const BROKEN: { readonly [title: string]: () => Source } = {
  'a promise of a number': stepping(Promise.resolve(5)),
  'a promise of nothing': stepping(Promise.resolve()),
  'a number': stepping(5),
  'a text': stepping('done'),
  null: stepping(null),
  'a symbol': stepping(Symbol('step')),
  'a promise of a number, after a good one': stepping(Promise.resolve({ done: false, value: 1 }), Promise.resolve(5)),
  'a thenable that gives a number': stepping(thenable((resolve) => resolve(5))),
  'a then that is a getter that throws': stepping(unreadable),
  'a then that throws': stepping(
    thenable(() => {
      throw new RangeError('then is out of order');
    }),
  ),
  'a done that is a getter that throws': stepping({
    get done(): boolean {
      throw new RangeError('done is not to be had');
    },
  }),
  'no next()': iterating({}),
  'a next that is no function': iterating({ next: 5 }),
  'a next() that throws': iterating({
    next() {
      throw new RangeError('no next');
    },
  }),
  'an iterator that is a number': iterating(5),
  'an iterator that is null': iterating(null),
  'a sync iterator whose step is a number': () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }) as never,
};

/** Unusual sources that `for await` accepts. */
const ODD: { readonly [title: string]: () => Source } = {
  'a done that is true as a condition': stepping({ done: 0, value: 1 }, { done: 1, value: 2 }),
  'a step that is a function': stepping(Object.assign(() => {}, { done: false, value: 1 })),
  'a then that is no function': stepping(withThen({ value: 5 }, { done: false, value: 1 })),
  'a thenable whose then() gives nothing': stepping(thenable((resolve) => resolve({ done: false, value: 1 }))),
  'a next of its own beside its iterator': () => ({
    next: () => 5,
    async *[Symbol.asyncIterator]() {
      yield 1;
    },
  }),
  'no async iterator, but a sync one': () =>
    ({ [Symbol.asyncIterator]: null, [Symbol.iterator]: () => [1].values() }) as never,
};

async function outcomeOf(
  going: (source: Source, note: (item: unknown) => void) => PromiseLike<unknown>,
  source: Source,
) {
  const items: unknown[] = [];
  const note = (item: unknown): void => {
    if (items.push(item) > 10) throw new Error('it has no end');
  };
  const error = await going(source, note).then(
    () => null,
    (reason: Error) => reason,
  );
  return { items, kind: error === null ? null : error.name, returned: Reflect.get(source, 'returned') };
}

for (const [way, going] of Object.entries(WAYS)) {
  for (const [title, make] of Object.entries({ ...BROKEN, ...ODD })) {
    test(`${way} ends as for await does over ${title}`, async () => {
      const expected = await outcomeOf(native, make());

      assert.equal(await outcomeOf(going, make()), expected);
      assert.is(expected.kind !== null, title in BROKEN);
    });
  }
}

test('the call refuses a source whose iterator is not a function', () => {
  const source = { [Symbol.asyncIterator]: 5 } as never;
  const pool = new Pool(1);
  for (const call of [
    () => forEach(source, String),
    () => pool.map(String, source),
    () => pool.imap(String, source),
    () => pool.imapUnordered(String, source),
  ]) {
    assert.instance(thrownBy(call), TypeError);
  }
});

test('a web stream whose reader gives a step that is not an object is unlocked', async () => {
  const calls: string[] = [];
  const reader = { read: async () => 5, cancel: async () => {}, releaseLock: () => void calls.push('releaseLock') };
  const stream = { getReader: () => reader };
  const { kind } = await outcomeOf((source, note) => forEach(source, note), stream as never);
  assert.is(kind, 'TypeError');
  assert.equal(calls, ['releaseLock']);
});

test('a step of an Iteration must be an object, and its step maker a function', async () => {
  const iteration = new Iteration(() => spawn(() => 5) as never);
  const { kind, items } = await outcomeOf((source, note) => forEach(source, note), iteration);
  assert.is(kind, 'TypeError');
  assert.equal(items, []);
  assert.throws(() => new Iteration(5 as never), TypeError);
});

/** Results of the iterators' `return()`, which is called because the body has failed. */
const RETURNS: { readonly [title: string]: { end: unknown; reports: boolean } } = {
  missing: { end: undefined, reports: false },
  null: { end: null, reports: false },
  'a number': { end: 5, reports: true },
  'a function that gives no object': { end: () => 5, reports: false },
  'a function that gives a then that cannot be had': { end: () => unreadable, reports: true },
};

for (const [title, { end, reports }] of Object.entries(RETURNS)) {
  test(`the body's error is thrown where return() of the iterator is ${title}`, async ({ reported }: Context) => {
    const source = iterating({ next: async () => ({ done: false, value: 1 }), return: end })();
    const failure = new Error('the body fails');
    const job = spawn(() =>
      forEach(source, () => {
        throw failure;
      }),
    );

    assert.is(await job.get().then(null, (reason: unknown) => reason), failure);
    assert.is(reported.splice(0).length, reports ? 1 : 0);
    assert.is([...getHub().living()].includes(job), false);
  });
}

test('an object whose destroy is not a function is not treated as a stream', async () => {
  const source = Object.assign(stepping({ done: false, value: 1 })(), { destroy: false });
  const failure = new Error('the body fails');
  const outcome = await forEach(source, () => {
    throw failure;
  }).then(null, (reason: unknown) => reason);
  assert.is(outcome, failure);
  assert.is(source.returned, 1);
});

test.run();
