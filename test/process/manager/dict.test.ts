import * as assert from 'uvu/assert';
import { joinall, spawn } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { failureOf, managed } from './managed.ts';

const test = suite('process/manager/dict');
const onManager = managed(test);

onManager('a dict begins with the entries of an object or a Map, in their order', function* (manager) {
  const fromObject = manager.dict({ b: 1, a: 2 });
  const fromMap = manager.dict(
    new Map<string | number | bigint | boolean, string>([
      ['x', 'text'],
      [1, 'number'],
      [2n, 'bigint'],
      [true, 'boolean'],
    ]),
  );

  assert.equal([...(yield* fromObject.copy())], Object.entries({ b: 1, a: 2 }));
  assert.equal(yield* fromMap.keys(), ['x', 1, 2n, true]);
  assert.equal(yield* fromMap.values(), ['text', 'number', 'bigint', 'boolean']);
  assert.is(yield* fromMap.get(2n), 'bigint');
  assert.is(yield* manager.dict().size(), 0);
});

onManager('get(), set(), has(), delete() and pop() are those of a Map, with a default', function* (manager) {
  const dict = manager.dict<string, number | undefined>();
  yield* dict.set('a', 1);
  yield* dict.set('nothing', undefined);

  assert.is(yield* dict.get('a'), 1);
  assert.is(yield* dict.get('b'), undefined);
  assert.is(yield* dict.get('b', 7), 7);
  assert.is(yield* dict.get('nothing', 7), undefined);
  assert.is(yield* dict.has('nothing'), true);
  assert.is(yield* dict.pop('a'), 1);
  assert.is(yield* dict.pop('a'), undefined);
  assert.is(yield* dict.pop('a', 8), 8);
  assert.is(yield* dict.delete('nothing'), true);
  assert.is(yield* dict.delete('nothing'), false);
  assert.equal(yield* dict.entries(), []);
});

onManager('setdefault() sets what is missing and gives what is there', function* (manager) {
  const dict = manager.dict<string, string[]>();

  assert.equal(yield* dict.setdefault('a', ['first']), ['first']);
  assert.equal(yield* dict.setdefault('a', ['second']), ['first']);
});

onManager('update() sets all entries, or none if one cannot be sent', function* (manager) {
  const dict = manager.dict<string, unknown>({ a: 1 });
  yield* dict.update({ a: 2, b: 3 });
  yield* dict.update(new Map([['c', 4]]));
  yield* dict.update([['d', 5]]);

  const wrong = new Map<string, unknown>(Object.entries({ e: 6, f: { callback: () => 1 } }));
  const error = yield* failureOf(dict.update(wrong));

  assert.instance(error, TypeError);
  assert.match(String(error), 'value.get("f").callback is a function');
  assert.equal([...(yield* dict.copy())], Object.entries({ a: 2, b: 3, c: 4, d: 5 }));
});

onManager('increment() begins at 0, gives the sum and refuses what is no number', function* (manager) {
  const dict = manager.dict<string, unknown>({ text: '1' });

  assert.is(yield* dict.increment('count'), 1);
  assert.is(yield* dict.increment('count', 2.5), 3.5);
  const error = yield* failureOf(dict.increment('text'));
  assert.instance(error, TypeError);
  assert.match(String(error), '"text"');
  assert.is(yield* dict.get('text'), '1');
  assert.throws(
    () => dict.increment('count', '1' as never),
    (wrong: unknown) => wrong instanceof TypeError,
  );
});

onManager('increments of many greenlets add up', function* (manager) {
  const dict = manager.dict<string, number>();
  const add = function* () {
    for (let i = 0; i < 20; i += 1) yield* dict.increment('sum');
  };

  yield* joinall(Array.from({ length: 10 }, () => spawn(add)));

  assert.is(yield* dict.get('sum'), 200);
});

onManager('compareAndSet() compares objects by what they contain', function* (manager) {
  const dict = manager.dict<string, unknown>({ state: { step: 1, of: [1, 2] } });

  assert.is(yield* dict.compareAndSet('state', { step: 2 }, 'wrong'), false);
  assert.is(yield* dict.compareAndSet('state', { step: 1, of: [1, 2] }, 'right'), true);
  assert.is(yield* dict.get('state'), 'right');
});

onManager('compareAndSet() takes undefined for a key that is not there', function* (manager) {
  const dict = manager.dict<string, string>();

  assert.is(yield* dict.compareAndSet('leader', 'me', 'you'), false);
  assert.is(yield* dict.compareAndSet('leader', undefined, 'me'), true);
  assert.is(yield* dict.compareAndSet('leader', undefined, 'you'), false);
  assert.is(yield* dict.get('leader'), 'me');
});

onManager('what a dict gives and takes are copies', function* (manager) {
  const list = [1];
  const dict = manager.dict({ list });
  list.push(2);
  (yield* dict.get('list'))?.push(3);

  assert.equal(yield* dict.get('list'), [1]);
});

onManager('clear() removes everything', function* (manager) {
  const dict = manager.dict({ a: 1 });
  yield* dict.clear();

  assert.is(yield* dict.size(), 0);
});

onManager('shared objects inside a dict stay shared', function* (manager) {
  const queue = manager.queue<string>();
  const dict = manager.dict({ inner: { queue } });

  const got = yield* dict.get('inner');
  yield* queue.put('item');

  assert.is(got?.queue, queue);
  assert.is(yield* queue.get(), 'item');
});

onManager('a key that is no string, number, bigint or boolean is a TypeError', function* (manager) {
  const dict = manager.dict();
  const isTypeError = (error: unknown): boolean => error instanceof TypeError && /keys of a dict/.test(error.message);

  for (const key of [{}, null, undefined, Symbol('key')] as never[]) {
    assert.throws(() => dict.get(key), isTypeError);
    assert.throws(() => dict.set(key, 1), isTypeError);
    assert.throws(() => manager.dict([[key, 1]]), isTypeError);
  }
});

onManager('a value that cannot be sent is a TypeError with its path', function* (manager) {
  const dict = manager.dict<string, unknown>();
  const error = yield* failureOf(dict.set('a', [{ callback: () => 1 }]));

  assert.instance(error, TypeError);
  assert.match(String(error), 'value[0].callback is a function');
  assert.throws(() => manager.dict({ a: () => 1 }), /value\.a is a function/);
  assert.is(yield* dict.size(), 0);
});

test.run();
