import * as assert from 'uvu/assert';
import { RunQueue } from '../../../lib/hub/loop/run-queue.ts';
import { greenlet, type RawGreenlet } from '../../../lib/index.ts';
import { suite } from '../../support/harness.ts';
import { onRandomSchedules } from '../../support/random.ts';

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
  assert.is(queue.isEmpty, true);
});

test('it is empty until something goes in, and when all has come out', () => {
  const queue = new RunQueue();
  const [a, b] = make(2);
  assert.is(queue.isEmpty, true);

  queue.push(a as never);
  queue.push(b as never);
  assert.is(queue.isEmpty, false);
  queue.shift();
  assert.is(queue.isEmpty, false);
  queue.shift();

  assert.is(queue.isEmpty, true);
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
    assert.is([...queue].length, pushed - shifted);
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

    assert.is([...queue].length, count);
    for (const gr of greenlets) assert.is(queue.shift(), gr);
    assert.is(queue.isEmpty, true);
  });
}

test('new ones stand in line with all others', () => {
  const queue = new RunQueue();
  const [a, b, c, d, e] = make(5) as [RawGreenlet, RawGreenlet, RawGreenlet, RawGreenlet, RawGreenlet];

  queue.pushNew(a);
  queue.pushNew(b);
  queue.push(c);
  queue.pushNew(d);
  queue.pushNew(e);

  assert.ok([...queue].every((gr, at) => gr === [a, b, c, d, e][at]));
  for (const gr of [a, b, c, d, e]) assert.is(queue.shift(), gr);
  assert.is(queue.isEmpty, true);
});

test('many new ones take one slot', () => {
  const queue = new RunQueue();
  const greenlets = make(1_000);

  for (const gr of greenlets) queue.pushNew(gr);

  assert.is((queue as unknown as { slots: unknown[] }).slots.length, 64);
  for (const gr of greenlets) assert.is(queue.shift(), gr);
  assert.is(queue.isEmpty, true);
});

test('once chains were dissolved there are none until it has been empty', () => {
  const queue = new RunQueue();
  const slots = () => (queue as unknown as { slots: unknown[] }).slots.length;
  for (const gr of make(2)) queue.pushNew(gr);

  queue.unchain();
  for (const gr of make(100)) queue.pushNew(gr);
  assert.is(slots(), 128);

  for (let count = 0; count < 102; count += 1) queue.shift();
  assert.is(queue.isEmpty, true);
  for (const gr of make(1_000)) queue.pushNew(gr);
  assert.is(slots(), 128);
});

test('a new one does not stand behind one that is gone, or has begun', () => {
  const queue = new RunQueue();
  const [first, ends, next] = make(3) as [RawGreenlet, RawGreenlet, RawGreenlet];
  queue.pushNew(first);
  assert.is(queue.shift(), first);
  queue.pushNew(ends);
  ends.switch();
  assert.ok(ends.dead);

  queue.pushNew(next);

  assert.is(queue.shift(), ends);
  assert.is(queue.shift(), next);
});

test('what comes after a mark is not waited for, though it is new and follows new ones', () => {
  const queue = new RunQueue();
  const [before, after] = make(2) as [RawGreenlet, RawGreenlet];
  queue.pushNew(before);
  const mark = queue.mark();
  queue.pushNew(after);
  assert.is(queue.hasPassed(mark), false);

  queue.shift();

  assert.is(queue.hasPassed(mark), true);
  assert.is(queue.shift(), after);
});

test('new and others, in chains that are dissolved now and then, come out in the order in which they came', async () => {
  await onRandomSchedules(50, async (random) => {
    const queue = new RunQueue();
    const model: RawGreenlet[] = [];
    let shifted = 0;
    let marks: { mark: number; passedAt: number }[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      const choice = random.next();
      if (choice < 0.35) {
        for (const gr of make(random.int(1, 5))) {
          queue.pushNew(gr);
          model.push(gr);
        }
      } else if (choice < 0.5) {
        const [gr] = make(1) as [RawGreenlet];
        queue.push(gr);
        model.push(gr);
      } else if (choice < 0.53) {
        const moved = queue.unchain();
        marks = marks.map(({ mark, passedAt }) => ({ mark: moved(mark), passedAt }));
      } else if (choice < 0.56) marks.push({ mark: queue.mark(), passedAt: shifted + model.length });
      else if (choice < 0.58) queue.endChain();
      else if (choice < 0.6) assert.ok([...queue].every((gr, at) => gr === model[at]));
      else {
        for (let count = random.int(1, 4); count > 0; count -= 1) {
          if (model.length > 0) shifted += 1;
          assert.is(queue.shift(), model.shift());
          assert.is(queue.taken, shifted);
        }
      }
      assert.is(queue.isEmpty, model.length === 0);
      for (const { mark, passedAt } of marks) assert.is(queue.hasPassed(mark), shifted >= passedAt);
      marks = marks.slice(-20);
    }
  });
});

test.run();
