import * as assert from 'uvu/assert';
import { type Comparator, Heap } from '../../lib/sync/heap.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { Random } from '../support/random.ts';

const test = suite('sync/heap');

const ascending: Comparator<number> = (a, b) => a - b;

interface Entry {
  priority: number;
  id: number;
}

const byPriority: Comparator<Entry> = (a, b) => a.priority - b.priority;

function drain<T>(heap: Heap<T>): T[] {
  const items: T[] = [];
  while (heap.size > 0) items.push(heap.take());
  return items;
}

test('a new heap is empty', () => {
  assert.is(new Heap(ascending).size, 0);
});

test('an item that is put back is taken again', () => {
  const heap = new Heap(ascending);
  for (const item of [2, 1, 3]) heap.add(item);
  heap.putBack(heap.take());

  assert.equal(drain(heap), [1, 2, 3]);
});

test('the least item is taken first, whatever the order of adding', () => {
  const heap = new Heap(ascending);
  for (const item of [5, 1, 4, 2, 3]) heap.add(item);

  assert.is(heap.size, 5);
  assert.equal(drain(heap), [1, 2, 3, 4, 5]);
});

test('the comparator decides which is least', () => {
  const heap = new Heap<number>((a, b) => b - a);
  for (const item of [2, 3, 1]) heap.add(item);

  assert.equal(drain(heap), [3, 2, 1]);
});

test('equal items are taken in the order in which they were added', () => {
  const heap = new Heap(byPriority);
  for (let id = 0; id < 50; id += 1) heap.add({ priority: id % 2, id });

  const ids = drain(heap).map(({ id }) => id);

  const even = Array.from({ length: 25 }, (_, index) => 2 * index);
  assert.equal(ids, [...even, ...even.map((id) => id + 1)]);
});

test('the first item can be looked at and stays', () => {
  const heap = new Heap(ascending);
  heap.add(2);
  heap.add(1);

  assert.is(heap.first(), 1);
  assert.is(heap.size, 2);
});

test('clearing drops all items, and the heap can be used again', () => {
  const heap = new Heap(ascending);
  for (let item = 0; item < 100; item += 1) heap.add(item);

  heap.clear();
  heap.add(7);

  assert.equal(drain(heap), [7]);
});

test('it behaves as a list that is sorted, stably, before each taking', () => {
  const random = new Random(1);
  const heap = new Heap(byPriority);
  const model: Entry[] = [];
  for (let id = 0; id < 10_000; id += 1) {
    if (model.length === 0 || random.chance(0.52)) {
      const item = { priority: random.int(0, 20), id };
      heap.add(item);
      const behind = model.findIndex(({ priority }) => priority > item.priority);
      model.splice(behind < 0 ? model.length : behind, 0, item);
    } else assert.is(heap.take(), model.shift());
    assert.is(heap.size, model.length);
    if (model.length > 0) assert.is(heap.first(), model[0]);
  }
});

for (const failing of [1, 2, 3]) {
  test(`a comparator that throws at comparison ${failing} of an added item leaves the heap unchanged`, () => {
    const error = new Error('not comparable');
    let left = Infinity;
    const heap = new Heap<number>((a, b) => {
      left -= 1;
      if (left === 0) throw error;
      return a - b;
    });
    for (const item of [8, 7, 6, 5, 4, 3, 2, 1]) heap.add(item);

    left = failing;
    assert.is(
      thrownBy(() => heap.add(0)),
      error,
    );

    assert.is(heap.size, 8);
    assert.equal(drain(heap), [1, 2, 3, 4, 5, 6, 7, 8]);
  });
}

test('a comparator that throws while an item is taken leaves the heap unchanged', () => {
  const error = new Error('not comparable');
  let fails = false;
  const heap = new Heap<number>((a, b) => {
    if (fails) throw error;
    return a - b;
  });
  for (const item of [3, 1, 4, 2, 5]) heap.add(item);

  fails = true;
  assert.is(
    thrownBy(() => heap.take()),
    error,
  );
  fails = false;

  assert.is(heap.size, 5);
  assert.equal(drain(heap), [1, 2, 3, 4, 5]);
});

test.run();
