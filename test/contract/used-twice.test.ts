/** An operation that is used twice gives new results: a change to the first does not affect the second. */
import * as assert from 'uvu/assert';
import {
  all,
  allSettled,
  any,
  type Greenlet,
  Group,
  iwait,
  joinall,
  Lock,
  type Operation,
  Pool,
  Queue,
  race,
  Semaphore,
  select,
  sleep,
  spawn,
  wait,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/used-twice');

const value = (index: number) => () => index;
const two = () => [0, 1].map((index) => spawn(value(index)));

/** Makes an operation whose result is an array or object created by the library, also from ended greenlets. */
const operations: Record<string, (ended: Greenlet[]) => Operation<object>> = {
  'joinall() of greenlets that have ended': (ended) => joinall(ended),
  'joinall() of greenlets that run': () => joinall(two()),
  'joinall() with a timeout': () => joinall(two(), { timeout: 0 }),
  'joinall() with a count': () => joinall(two(), { count: 1 }),
  'wait() of greenlets that have ended': (ended) => wait(ended),
  'wait() of greenlets that run': () => wait(two()),
  'wait() of queues': () => {
    const queues = [new Queue(), new Queue()];
    for (const queue of queues) queue.putNowait(1);
    return wait(queues);
  },
  'wait() of promises': () => wait([Promise.resolve(1), Promise.resolve(2)]),
  'wait() with a timeout': () => wait([spawn(value(0)), new Queue()], { timeout: 1 }),
  'iwait().next() at the end': () => iwait([]).next(),
  'all()': () => all([value(1), value(2)]),
  'all() of none': () => all([]),
  'allSettled()': () => allSettled([value(1), Promise.reject(new Error('x'))]),
  'select()': () => select({ one: value(1) }),
  'Pool.map()': () => new Pool(2).map((item) => item, [1, 2]),
  'Group.map()': () => new Group().map((item) => item, [1, 2]),
  'race() of an all()': () => race([all([value(1)])]),
  'any() of an all()': () => any([all([value(1)])]),
  'imap().next() at the end': () => new Pool(1).imap((item) => item, []).next(),
  'imapUnordered().next() at the end': () => new Group().imapUnordered((item) => item, []).next(),
  'queue.next()': () => {
    const queue = new Queue<number>();
    for (let item = 0; item < 6; item += 1) queue.putNowait(1);
    return queue.next();
  },
  'queue.next() at the end': () => {
    const queue = new Queue<number>();
    queue.shutdown();
    return queue.next();
  },
};

for (const [name, make] of Object.entries(operations)) {
  for (const [where, use] of [
    ['a greenlet', (operation: Operation<object>) => spawn(() => operation)],
    ['main', (operation: Operation<object>) => operation],
  ] as const) {
    test(`an operation of ${name} that is used twice in ${where} gives a new result each time`, async () => {
      const ended = two();
      await sleep(1);
      const operation = make(ended);
      await use(operation);
      const before = await use(operation);
      const expected = structureOf(before);

      spoil(before);
      const after = await use(operation);

      assert.is.not(after, before);
      assert.equal(structureOf(after), expected);
    });
  }
}

/** The result of `hold()` is useless once it is disposed, so the next use must give another. */
for (const [name, lock] of [
  ['Lock', new Lock()],
  ['Semaphore', new Semaphore(1)],
] as const) {
  test(`an operation of hold() of a ${name} that is used twice gives another hold each time`, async () => {
    const operation = lock.hold();
    for (let round = 0; round < 3; round += 1) {
      const hold = await operation;
      assert.is(lock.locked(), true);
      hold[Symbol.dispose]();
      assert.is(lock.locked(), false);
    }
  });
}

function structureOf(result: object): unknown[] {
  return Object.entries(result).flat();
}

/** Changes that a caller may make to its result. */
function spoil(result: object): void {
  for (const key of Object.keys(result)) Reflect.deleteProperty(result, key);
  if (Array.isArray(result)) result.length = 0;
}

test.run();
