import * as assert from 'uvu/assert';
import { Empty, Full, forEach, joinall, PriorityQueue, ShutDown, sleep, spawn } from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';

const test = suite('sync/priority-queue');

interface Person {
  name: string;
  age: number;
}

function drain<T>(queue: PriorityQueue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

test('the least item comes out first, whatever the order of putting', async () => {
  const queue = new PriorityQueue<number>();
  for (const item of [3, 1, 2]) await queue.put(item);

  assert.is(queue.qsize(), 3);
  assert.equal([await queue.get(), queue.getNowait(), await queue.get()], [1, 2, 3]);
});

test('peek() gives the least item and leaves it in place', async () => {
  const queue = new PriorityQueue<number>();
  queue.putNowait(2);
  queue.putNowait(1);

  assert.is(await queue.peek(), 1);
  assert.is(queue.peekNowait(), 1);
  assert.is(queue.qsize(), 2);
});

for (const { kind, items } of [
  { kind: 'numbers', items: [-Infinity, -1, 0, 1.5, Infinity] },
  { kind: 'bigints', items: [-2n, 0n, 10n ** 30n] },
  { kind: 'strings', items: ['', 'a', 'aa', 'b'] },
  { kind: 'Dates', items: [new Date(0), new Date(5), new Date(1e12)] },
]) {
  test(`without a comparator it orders ${kind}`, () => {
    const queue = new PriorityQueue<(typeof items)[number]>();
    for (const item of [...items].reverse()) queue.putNowait(item);

    assert.equal(drain(queue), items);
  });
}

test('without a comparator it orders pairs by their first element, and never looks at the rest', () => {
  const queue = new PriorityQueue<[number, ...unknown[]]>();
  const rest = Object.freeze({
    valueOf() {
      throw new Error('looked at');
    },
  });
  for (const priority of [2, 1, 1]) queue.putNowait([priority, rest]);

  assert.equal(
    drain(queue).map(([priority]) => priority),
    [1, 1, 2],
  );
});

test('items of equal priority come out in the order in which they were put', () => {
  const queue = new PriorityQueue<[number, string]>();
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    queue.putNowait([1, name]);
    queue.putNowait([0, name]);
  }

  assert.is(
    drain(queue)
      .map(([priority, name]) => `${name}${priority}`)
      .join(' '),
    'a0 b0 c0 d0 e0 a1 b1 c1 d1 e1',
  );
});

test('a comparator decides which comes first', () => {
  const oldestFirst = new PriorityQueue<Person>(Infinity, (a, b) => b.age - a.age);
  const people = [3, 90, 40].map((age) => ({ name: `aged ${age}`, age }));
  for (const person of people) oldestFirst.putNowait(person);

  assert.equal(
    drain(oldestFirst).map(({ age }) => age),
    [90, 40, 3],
  );
});

test('waiting getters are served in the order in which they came, each with the next put', async () => {
  const queue = new PriorityQueue<number>();
  const getters = [spawn(() => queue.get()), spawn(() => queue.get())];
  await sleep(0);

  queue.putNowait(2);
  queue.putNowait(1);

  assert.equal(await Promise.all(getters), [2, 1]);
});

test('waiting putters are served in the order in which they came, whatever their items', async () => {
  const queue = new PriorityQueue<number>(1);
  queue.putNowait(5);
  const putters = [9, 1].map((item) => spawn(() => queue.put(item)));
  await sleep(0);

  assert.is(queue.getNowait(), 5);

  assert.is(queue.peekNowait(), 9);
  assert.is(putters[1]?.ready(), false);
  assert.equal([queue.getNowait(), queue.getNowait()], [9, 1]);
  await joinall(putters);
});

test('a bounded queue is full at its maxsize, and throws Full even for an item that would come first', () => {
  const queue = new PriorityQueue<number>(1);
  queue.putNowait(2);

  assert.instance(
    thrownBy(() => queue.putNowait(1)),
    Full,
  );

  assert.equal(drain(queue), [2]);
});

for (const item of [{}, null, undefined, true, Symbol('x'), () => {}, [], [{}], [null, 1], Number.NaN, [Number.NaN]]) {
  test(`without a comparator it refuses ${Array.isArray(item) ? 'an array that begins with ' : ''}${describe(item)}`, () => {
    const queue = new PriorityQueue<unknown>();

    const error = thrownBy(() => queue.putNowait(item));

    assert.instance(error, TypeError);
    assert.is(queue.qsize(), 0);
  });
}

function describe(item: unknown): string {
  const shown = Array.isArray(item) ? item[0] : item;
  return typeof shown === 'object' && shown !== null ? 'an object' : String(shown);
}

test('without a comparator it refuses an invalid Date, like NaN', () => {
  const queue = new PriorityQueue<Date>();

  assert.instance(
    thrownBy(() => queue.putNowait(new Date(Number.NaN))),
    TypeError,
  );

  assert.is(queue.qsize(), 0);
});

test('an item that cannot be ordered is refused even while a getter waits, which continues to wait', async () => {
  const queue = new PriorityQueue<number>();
  const getter = spawn(() => queue.get());
  await sleep(0);

  assert.instance(
    thrownBy(() => queue.putNowait(Number.NaN)),
    TypeError,
  );

  queue.putNowait(1);
  assert.is(await getter, 1);
});

test('an item that cannot be ordered is refused even while a peeker waits, which does not see it', async () => {
  const queue = new PriorityQueue<unknown>();
  const peeker = spawn(() => queue.peek());
  await sleep(0);

  assert.instance(
    thrownBy(() => queue.putNowait({})),
    TypeError,
  );

  queue.putNowait(1);
  assert.is(await peeker, 1);
});

test('an item that cannot be compared is refused even when it is the only one', () => {
  const { queue, failing, error } = failingQueue();
  failing.add(1);

  assert.is(
    thrownBy(() => queue.putNowait(1)),
    error,
  );

  assert.is(queue.qsize(), 0);
});

for (const [first, second] of [
  [1, 'a'],
  ['a', new Date(0)],
  [
    [1, 'x'],
    ['a', 'x'],
  ],
]) {
  test(`without a comparator it refuses to order ${JSON.stringify(first)} and ${JSON.stringify(second)}`, () => {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(first);

    const error = thrownBy(() => queue.putNowait(second));

    assert.ok(error instanceof TypeError);
    assert.match(error.message, /comparator/);
    assert.equal(drain(queue), [first]);
  });
}

test('without a comparator it orders numbers and bigints together', () => {
  const queue = new PriorityQueue<number | bigint>();
  for (const item of [2, 1n, 3n, 0.5]) queue.putNowait(item);

  assert.equal(drain(queue), [0.5, 1n, 2, 3n]);
});

test('the refusal says to give it a comparator', () => {
  const queue = new PriorityQueue<unknown>();

  const error = thrownBy(() => queue.putNowait({}));

  assert.match((error as Error).message, /not Object: give it a comparator/);
});

for (const comparator of [null, 'name', {}]) {
  test(`it refuses ${comparator === null ? 'null' : typeof comparator} for a comparator`, () => {
    assert.instance(
      thrownBy(() => new PriorityQueue(1, comparator as never)),
      TypeError,
    );
  });
}

for (const maxsize of [0, -1, 1.5, Number.NaN]) {
  test(`it refuses the maxsize ${maxsize}, and names its class`, () => {
    const error = thrownBy(() => new PriorityQueue(maxsize));

    assert.ok(error instanceof RangeError);
    assert.match(error.message, /PriorityQueue/);
  });
}

/** A queue whose comparator throws for the items in `failing`. */
function failingQueue(maxsize?: number) {
  const failing = new Set<number>();
  const error = new Error('not comparable');
  const queue = new PriorityQueue<number>(maxsize, (a, b) => {
    if (failing.has(a) || failing.has(b)) throw error;
    return a - b;
  });
  return { queue, failing, error };
}

test('a put throws the error of the comparator, and has put nothing', async () => {
  const { queue, failing, error } = failingQueue();
  queue.putNowait(1);
  failing.add(0);

  assert.is(
    thrownBy(() => queue.putNowait(0)),
    error,
  );
  assert.is(await failureOf(queue.put(0)), error);

  assert.equal(drain(queue), [1]);
});

test('a get throws the error of the comparator, and has taken nothing', async () => {
  const { queue, failing, error } = failingQueue();
  for (const item of [3, 2, 1]) queue.putNowait(item);
  failing.add(2);

  assert.is(await failureOf(queue.get()), error);
  assert.is(
    thrownBy(() => queue.getNowait()),
    error,
  );

  failing.clear();
  assert.equal(drain(queue), [1, 2, 3]);
});

test('a get whose comparator throws admits no putter, and loses none', async () => {
  const { queue, failing, error } = failingQueue(3);
  for (const item of [3, 2, 1]) queue.putNowait(item);
  const putter = spawn(() => queue.put(4));
  await sleep(0);
  failing.add(2);

  assert.is(
    thrownBy(() => queue.getNowait()),
    error,
  );

  failing.clear();
  assert.is(putter.ready(), false);
  assert.is(queue.qsize(), 3);
  assert.equal(drain(queue), [1, 2, 3, 4]);
  await putter;
});

test('a waiting putter whose item cannot be compared gets the error, and the next putter gets the room', async () => {
  const { queue, failing, error } = failingQueue(2);
  queue.putNowait(1);
  queue.putNowait(5);
  const refused = spawn(() => outcomeOf(queue.put(2)));
  const next = spawn(() => queue.put(3));
  await sleep(0);
  failing.add(2);

  assert.is(await queue.get(), 1);

  assert.equal(await refused, { error });
  await next;
  assert.equal(drain(queue), [3, 5]);
  assertNoTrace(queue);
});

test('a waiting putter with a timeout that is refused leaves no timer', async () => {
  const { queue, failing, error } = failingQueue(2);
  queue.putNowait(1);
  queue.putNowait(5);
  const refused = spawn(() => outcomeOf(queue.put(2, { timeout: 1_000 })));
  await sleep(0);
  failing.add(2);

  queue.getNowait();

  assert.equal(await refused, { error });
  assertNoTrace(queue);
});

test('a comparator that gives NaN is an error that says so', () => {
  const queue = new PriorityQueue<Person>(Infinity, (a, b) => a.age - b.age);
  queue.putNowait({ name: 'ann', age: 1 });

  const error = thrownBy(() => queue.putNowait({ name: 'bob', age: Number.NaN }));

  assert.ok(error instanceof TypeError);
  assert.match(error.message, /comparator.*NaN/);
  assert.is(queue.qsize(), 1);
});

test('after shutdown() it is drained in order, and then raises ShutDown', async () => {
  const queue = new PriorityQueue<number>();
  for (const item of [2, 3, 1]) queue.putNowait(item);
  queue.shutdown();
  const got: number[] = [];

  await forEach(queue, (item) => got.push(item));

  assert.equal(got, [1, 2, 3]);
  assert.instance(await failureOf(queue.get()), ShutDown);
});

test('shutdown({ immediate }) drops all items', () => {
  const queue = new PriorityQueue<number>();
  queue.putNowait(1);

  queue.shutdown({ immediate: true });

  assert.is(queue.qsize(), 0);
});

test('an Empty names it', () => {
  const queue = new PriorityQueue<number>();

  const error = thrownBy(() => queue.getNowait());

  assert.ok(error instanceof Empty);
  assert.match(error.message, queue.name);
});

for (const order of [undefined, true, 1n, '1']) {
  test(`a comparator that gives ${typeof order} is refused, with the item`, () => {
    const queue = new PriorityQueue<number>(1, () => order as unknown as number);

    const error = thrownBy(() => queue.putNowait(1));

    assert.instance(error, TypeError);
    assert.is(queue.qsize(), 0);
  });
}

test.run();
