import * as assert from 'uvu/assert';
import { Stack } from '../../lib/sync/stack.ts';
import { suite } from '../support/harness.ts';

const test = suite('sync/stack');

function drain<T>(stack: Stack<T>): T[] {
  const items: T[] = [];
  while (stack.size > 0) items.push(stack.take());
  return items;
}

test('a new stack is empty', () => {
  assert.is(new Stack().size, 0);
});

test('the item that was added last is taken first', () => {
  const stack = new Stack<number>();
  for (const item of [1, 2, 3]) stack.add(item);

  assert.is(stack.size, 3);
  assert.equal(drain(stack), [3, 2, 1]);
});

test('the first item, which is the last one added, can be looked at and stays', () => {
  const stack = new Stack<string>();
  stack.add('a');
  stack.add('b');

  assert.is(stack.first(), 'b');
  assert.is(stack.size, 2);
  assert.is(stack.take(), 'b');
  assert.is(stack.first(), 'a');
});

test('undefined and null are items like any others', () => {
  const stack = new Stack<undefined | null>();
  stack.add(undefined);
  stack.add(null);

  assert.equal(drain(stack), [null, undefined]);
});

test('clearing drops all items, and the stack can be used again', () => {
  const stack = new Stack<number>();
  for (let item = 0; item < 100; item += 1) stack.add(item);

  stack.clear();
  stack.add(7);

  assert.equal(drain(stack), [7]);
});

test.run();
