import * as assert from 'uvu/assert';
import { Deque } from '../../lib/sync/deque.ts';
import { suite } from '../support/harness.ts';
import { Random } from '../support/random.ts';

const test = suite('sync/deque');

function drain<T>(deque: Deque<T>): T[] {
  const items: T[] = [];
  while (deque.size > 0) items.push(deque.take());
  return items;
}

test('a new deque is empty', () => {
  assert.is(new Deque().size, 0);
});

test('items are taken in the order in which they were added', () => {
  const deque = new Deque<number>();
  for (const item of [1, 2, 3]) deque.add(item);

  assert.equal(drain(deque), [1, 2, 3]);
});

test('the first item can be looked at and stays', () => {
  const deque = new Deque<string>();
  deque.add('a');
  deque.add('b');

  assert.is(deque.first(), 'a');
  assert.is(deque.size, 2);
  assert.is(deque.take(), 'a');
});

test('undefined and null are items like any others', () => {
  const deque = new Deque<undefined | null>();
  deque.add(undefined);
  deque.add(null);

  assert.is(deque.size, 2);
  assert.equal(drain(deque), [undefined, null]);
});

test('clearing drops all items, and the deque can be used again', () => {
  const deque = new Deque<number>();
  for (let item = 0; item < 100; item += 1) deque.add(item);

  deque.clear();
  deque.add(7);

  assert.equal(drain(deque), [7]);
});

test('a deque that was large does not keep its slots when it is empty', () => {
  const deque = new Deque<number>();
  for (let item = 0; item < 100_000; item += 1) deque.add(item);
  while (deque.size > 0) deque.take();

  assert.ok((Reflect.get(deque, 'slots') as unknown[]).length < 100);
  deque.add(7);
  assert.equal(drain(deque), [7]);
});

test('order is kept when it grows while its head stands in the middle of the ring', () => {
  const deque = new Deque<number>();
  for (let item = 0; item < 16; item += 1) deque.add(item);
  for (let taken = 0; taken < 10; taken += 1) deque.take();
  for (let item = 16; item < 80; item += 1) deque.add(item);

  assert.equal(
    drain(deque),
    Array.from({ length: 70 }, (_, index) => index + 10),
  );
});

test('it behaves as an array with push() and shift() does', () => {
  const random = new Random(1);
  const deque = new Deque<number>();
  const model: number[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    if (model.length === 0 || random.chance(0.52)) {
      deque.add(step);
      model.push(step);
    } else assert.is(deque.take(), model.shift());
    assert.is(deque.size, model.length);
    if (model.length > 0) assert.is(deque.first(), model[0]);
  }
});

test.run();
