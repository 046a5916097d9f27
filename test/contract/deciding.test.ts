/**
 * Deciding among n branches costs O(n). The tests count how often the library looks at a greenlet and changes
 * a wait queue. The count for each of many branches must not exceed the count for each of a few, in any order of ends.
 */
import * as assert from 'uvu/assert';
import { WaitQueue } from '../../lib/hub/loop/wait-queue.ts';
import {
  all,
  allSettled,
  any,
  type Coroutine,
  call,
  Event,
  forEach,
  type Greenlet,
  Group,
  idle,
  iwait,
  joinall,
  killall,
  nursery,
  type Operation,
  Pool,
  Queue,
  RawGreenlet,
  race,
  Semaphore,
  select,
  shield,
  sleep,
  spawn,
  until,
  wait,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('contract/deciding');

/** What the library can look up on a greenlet. */
const LOOKS = ['dead', 'waiting', 'pending', 'branching', 'isQueued'] as const;

/** How often the library looked at a greenlet, or changed a wait queue, while the body ran. */
async function workOf(body: () => Promise<void>): Promise<number> {
  let work = 0;
  const { remove, insertAfter } = WaitQueue.prototype;
  const restore = LOOKS.map((name) => countReads(name, () => (work += 1)));
  WaitQueue.prototype.remove = function (waiter) {
    work += 1;
    remove.call(this, waiter);
  };
  WaitQueue.prototype.insertAfter = function (waiter, before) {
    work += 1;
    insertAfter.call(this, waiter, before);
  };
  try {
    await body();
  } finally {
    for (const undo of restore) undo();
    Object.assign(WaitQueue.prototype, { remove, insertAfter });
  }
  return work;
}

/** Calls `count` at each read of an accessor that all greenlets inherit. Returns what undoes that. */
function countReads(name: (typeof LOOKS)[number], count: () => void): () => void {
  let owner: object = RawGreenlet.prototype;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  const accessor = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
  Object.defineProperty(owner, name, {
    configurable: true,
    get(this: RawGreenlet) {
      count();
      return accessor.get?.call(this);
    },
  });
  return () => Object.defineProperty(owner, name, accessor);
}

type Branch = () => Coroutine<unknown>;

interface Decision {
  /** The call, as the documentation writes it. */
  name: string;
  /** Whether each branch fails instead of giving a value. */
  fails?: boolean;
  run(branches: readonly Branch[]): Operation<unknown>;
}

const spawned = (branches: readonly Branch[]): Greenlet[] => branches.map((branch) => spawn(branch));

function* joined(group: Group, branches: readonly Branch[]): Coroutine<void> {
  for (const branch of branches) group.spawn(branch);
  yield* group.join();
}

function* killed(group: Group, branches: readonly Branch[]): Coroutine<void> {
  for (const branch of branches) group.spawn(branch);
  yield* sleep(0);
  yield* group.kill();
}

function* cleaningUp(branch: Branch): Coroutine<void> {
  try {
    yield* sleep(Infinity);
  } finally {
    yield* shield(branch);
  }
}

const cleaning = (branches: readonly Branch[]): Branch[] => branches.map((branch) => () => cleaningUp(branch));

const decisions: Decision[] = [
  { name: 'all()', run: (branches) => all(branches) },
  { name: 'allSettled()', fails: true, run: (branches) => allSettled(branches) },
  { name: 'any()', fails: true, run: (branches) => any(branches) },
  { name: 'race() whose losers clean up', run: (branches) => race([sleep(1), ...cleaning(branches)]) },
  {
    name: 'select() whose losers clean up',
    run: (branches) => select({ first: sleep(1), ...Object.fromEntries(cleaning(branches).entries()) }),
  },
  { name: 'any() in a race()', fails: true, run: (branches) => race([any(branches), sleep(Infinity)]) },
  { name: 'joinall()', fails: true, run: (branches) => joinall(spawned(branches)) },
  { name: 'wait()', run: (branches) => wait(spawned(branches)) },
  { name: 'wait() of operations', run: (branches) => wait(branches.map((branch) => call(branch))) },
  { name: 'iwait()', run: (branches) => forEach(iwait(spawned(branches)), () => {}) },
  {
    name: 'nursery()',
    run: (branches) =>
      nursery(function* (n) {
        for (const branch of branches) n.spawn(branch);
      }),
  },
  {
    name: 'nursery() whose body fails',
    run: (branches) =>
      nursery(function* (n) {
        for (const branch of cleaning(branches)) n.spawn(branch);
        yield* sleep(1);
        throw FAILURE;
      }),
  },
  { name: 'Group.join()', run: (branches) => call(joined, new Group(), branches) },
  { name: 'Group.kill()', run: (branches) => call(killed, new Group(), cleaning(branches)) },
  { name: 'Pool.join()', run: (branches) => call(joined, new Pool(branches.length), branches) },
  { name: 'Pool.kill()', run: (branches) => call(killed, new Pool(branches.length), cleaning(branches)) },
  {
    name: 'steps of an imap() by many greenlets',
    run: (branches) =>
      call(function* () {
        const results = new Group().imap((branch: Branch) => branch(), branches, { maxsize: branches.length });
        yield* joinall(branches.map(() => spawn(() => results.next())));
      }),
  },
  {
    name: 'killall()',
    run: (branches) =>
      call(function* () {
        const greenlets = spawned(cleaning(branches));
        yield* sleep(0);
        yield* killall(greenlets);
      }),
  },
];

const FAILURE = new Error('of a branch');

/** What a branch waits for, and how to end that wait. */
interface Awaited {
  wait: Operation<unknown>;
  end(): void;
}

/** What branches wait for. `make` is called for each branch, with what all of them share. */
interface Waits {
  name: string;
  make(shared: { readonly queue: Queue<number>; readonly semaphore: Semaphore }): Awaited;
}

function got(queue: Queue<number>): Awaited {
  return { wait: queue.get(), end: () => queue.putNowait(1) };
}

const waits: Waits[] = [
  { name: 'an item of a queue of its own', make: () => got(new Queue<number>()) },
  { name: 'an item of one queue', make: ({ queue }) => got(queue) },
  {
    name: 'a permit of one semaphore',
    make: ({ semaphore }) => ({ wait: semaphore.acquire(), end: () => semaphore.release() }),
  },
  {
    name: 'an event',
    make() {
      const event = new Event();
      return { wait: event.wait(), end: () => event.set() };
    },
  },
  {
    name: 'a promise',
    make() {
      let end = (): void => {};
      const promise = new Promise<void>((resolve) => {
        end = resolve;
      });
      return { wait: until(promise), end };
    },
  },
];

/** Enough for everything to be blocked again after the end of one branch. */
const STEPS = 8;

const orders = {
  'one by one'(list: (() => void)[]) {
    return list;
  },
  'one by one in reverse'(list: (() => void)[]) {
    return list.reverse();
  },
  'one by one, each at rest'(list: (() => void)[]) {
    // Between two ends there are enough steps that do nothing.
    return list.flatMap((end) => [end, ...new Array(STEPS).fill(() => {})]);
  },
  'at once'(list: (() => void)[]) {
    return [() => list.forEach((end) => void end())];
  },
};

async function workFor(decision: Decision, count: number, order: keyof typeof orders, waitFor: (typeof waits)[number]) {
  const shared = { queue: new Queue<number>(), semaphore: new Semaphore(0) };
  const made = Array.from({ length: count }, () => waitFor.make(shared));
  const branches = made.map(
    ({ wait: operation }) =>
      function* () {
        yield* operation;
        if (decision.fails === true) throw FAILURE;
      },
  );
  const work = await workOf(async () => {
    const deciding = spawn(() => decision.run(branches));
    // Its failure is expected.
    deciding.link(() => {});
    await idle();
    await spawn(function* () {
      for (const end of orders[order](made.map((each) => each.end))) {
        end();
        yield* sleep(0);
      }
    });
    await deciding.join();
  });
  return work;
}

const [FEW, MANY] = [30, 240];

for (const decision of decisions) {
  for (const waitFor of waits) {
    for (const order of Object.keys(orders) as (keyof typeof orders)[]) {
      test(`${decision.name} of branches that wait for ${waitFor.name} and end ${order} looks at each a fixed number of times`, async () => {
        const few = (await workFor(decision, FEW, order, waitFor)) / FEW;
        const many = (await workFor(decision, MANY, order, waitFor)) / MANY;

        assert.ok(few > 0);
        assert.ok(many < 1.5 * few, `${few.toFixed(1)} looks at each of ${FEW}, ${many.toFixed(1)} at each of ${MANY}`);
      });
    }
  }
}

test.run();
