import * as assert from 'uvu/assert';
import { RunQueue } from '../../lib/hub/run-queue.ts';
import { greenlet } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('RunQueue');
const make = (count: number) => Array.from({ length: count }, () => greenlet(() => undefined));

test('what goes in first comes out first', () => {
  const queue = new RunQueue();
  const greenlets = make(10);

  for (const gr of greenlets) queue.push(gr);

  for (const gr of greenlets) assert.is(queue.shift(), gr);
  assert.is(queue.shift(), undefined);
});

test('an empty queue gives undefined, as often as it is asked', () => {
  const queue = new RunQueue();

  assert.is(queue.shift(), undefined);
  assert.is(queue.shift(), undefined);
  assert.is(queue.length, 0);
});

test('the length counts what is in it', () => {
  const queue = new RunQueue();
  const [a, b] = make(2);
  assert.is(queue.length, 0);

  queue.push(a as never);
  queue.push(b as never);
  assert.is(queue.length, 2);
  queue.shift();

  assert.is(queue.length, 1);
});

test('order is kept while it wraps around and grows', () => {
  const queue = new RunQueue();
  const greenlets = make(10_000);
  let pushed = 0;
  let shifted = 0;

  while (shifted < greenlets.length) {
    for (let count = 0; count < 7 && pushed < greenlets.length; count += 1, pushed += 1) {
      queue.push(greenlets[pushed] as never);
    }
    for (let count = 0; count < 5 && shifted < pushed; count += 1, shifted += 1) {
      assert.is(queue.shift(), greenlets[shifted]);
    }
    assert.is(queue.length, pushed - shifted);
  }

  assert.is(queue.shift(), undefined);
});

test('the same greenlet may be in it twice', () => {
  const queue = new RunQueue();
  const [gr] = make(1);

  queue.push(gr as never);
  queue.push(gr as never);

  assert.is(queue.shift(), gr);
  assert.is(queue.shift(), gr);
});

for (const count of [63, 64, 65, 127, 128, 129]) {
  test(`${count} at once are no special case`, () => {
    const queue = new RunQueue();
    const greenlets = make(count);

    for (const gr of greenlets) queue.push(gr);

    assert.is(queue.length, count);
    for (const gr of greenlets) assert.is(queue.shift(), gr);
    assert.is(queue.length, 0);
  });
}

test.run();
