import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import {
  all,
  type Coroutine,
  call,
  Event,
  type Greenlet,
  getcurrent,
  getHub,
  greenlet,
  joinall,
  killall,
  nursery,
  type Operation,
  Queue,
  type RawGreenlet,
  race,
  settrace,
  sleep,
  spawn,
  spawnLater,
  until,
  withContext,
  withTimeout,
} from '../../lib/index.ts';
import { stackOf } from '../../lib/inspect/index.ts';
import { patchFetch, unpatchAll } from '../../lib/monkey/index.ts';
import { HttpServer } from '../../lib/net/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('stackOf');
const HERE = 'stack-of.test.ts';

/** The name of the function and the line in this file, of each frame. */
function framesOf(waiter: RawGreenlet): string[] {
  return stackOf(waiter).map((frame) => {
    const [, name, file, line] = /^(?:(\S+) \()?.*?([^/\\]+):(\d+):\d+\)?$/.exec(frame) ?? [];
    return file === HERE ? `${name}:${line}` : frame;
  });
}

const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n');

/** The number of the line of this file with a text. */
function lineOf(text: string): number {
  return source.findIndex((line) => line.startsWith(text)) + 1;
}

const queue = new Queue<string>();
const at = {
  fifth: lineOf('  const item: string = yield*'),
  first: lineOf('  return yield* new Third()'),
  descend: lineOf('  if (depth > 0)'),
  bottom: lineOf('  return (yield* queue.get()).length'),
  guarded: lineOf('  return yield* withTimeout('),
};

interface Shape {
  readonly sides: number;
}
function* fifth<T extends Shape>(shape: T): Coroutine<string> {
  const item: string = yield* queue.get();
  return item.repeat(shape.sides);
}
const fourth = function* (shape: Shape): Coroutine<string> {
  return yield* fifth<Shape>(shape);
};
class Third {
  *third(): Coroutine<string> {
    return yield* fourth({ sides: 2 });
  }
}
function* first(): Coroutine<string> {
  return yield* new Third().third();
}

function* descend(depth: number): Coroutine<number> {
  if (depth > 0) return 1 + (yield* call(descend, depth - 1));
  return (yield* queue.get()).length;
}

function* guarded(): Coroutine<unknown> {
  return yield* withTimeout(60_000, function* inner() {
    return yield* until(new Promise<void>(() => {}));
  });
}

/** Runs `look` while greenlets wait for the queue, then lets them continue with an item. */
async function whileWaiting<T>(waiter: Greenlet<T>, look: (waiter: Greenlet<T>) => void): Promise<T> {
  await waitAllBlocked();
  look(waiter);
  queue.putNowait('xy');
  return await waiter;
}

test('shows every function of a chain of generators, innermost first, with its line', async () => {
  const result = await whileWaiting(spawn(first), (waiter) => {
    const [inner, ...outer] = framesOf(waiter);
    assert.is(inner, `fifth:${at.fifth}`);
    assert.match(outer.join(' '), /^fourth:\d+ \S*third:\d+ first:\d+$/);
    assert.is(outer.at(-1), `first:${at.first}`);
  });

  assert.is(result, 'xyxy');
});

test('shows the callers of each call()', async () => {
  const result = await whileWaiting(spawn(descend, 3), (waiter) => {
    const callers = new Array(3).fill(`descend:${at.descend}`);
    assert.equal(framesOf(waiter), [`descend:${at.bottom}`, ...callers]);
  });

  assert.is(result, 5);
});

test('counts the callers of a very deep recursion', async () => {
  const result = await whileWaiting(spawn(descend, 10_000), (waiter) => {
    const frames = stackOf(waiter);
    assert.is(frames.length, 201);
    assert.is(frames.at(-1), '… and 9801 calls below');
  });

  assert.is(result, 10_002);
});

test('shows a body in withTimeout() and the function around it', async () => {
  const waiter = spawn(guarded);
  await waitAllBlocked();

  assert.equal(framesOf(waiter), [`inner:${at.guarded + 1}`, `guarded:${at.guarded}`]);
  waiter.kill();
});

test('shows a child of a nursery, and its owner', async () => {
  let child: Greenlet<string> | undefined;
  const owner = spawn(function* owning() {
    return yield* nursery(function* body(children) {
      child = children.spawn(first);
      return yield* child;
    });
  });
  const result = await whileWaiting(owner, () => {
    assert.is(framesOf(child as Greenlet<string>)[0], `fifth:${at.fifth}`);
    assert.match(framesOf(owner).join(' '), /^body:\d+ owning:\d+$/);
  });

  assert.is(result, 'xyxy');
});

const combinators = { race: () => race([first, first]), all: () => all([first, first]) };

for (const [name, combine] of Object.entries(combinators)) {
  test(`shows the branches of ${name}()`, async () => {
    const owner = spawn(function* owning(): Coroutine<unknown> {
      return yield* combine();
    });
    await waitAllBlocked();
    const branches = [...getHub().living()].filter(({ branching }) => branching?.owner === owner);

    assert.is(branches.length, 2);
    for (const branch of branches) assert.is(framesOf(branch)[0], `fifth:${at.fifth}`);
    assert.match(framesOf(owner).join(), /^owning:\d+$/);
    queue.putNowait('x');
    if (name === 'all') queue.putNowait('x');
    assert.equal(await owner, name === 'all' ? ['xx', 'xx'] : 'xx');
    for (const branch of branches) assert.equal(stackOf(branch), []);
  });
}

test('shows who waits for a fetch', async () => {
  patchFetch();
  const asked = new Event();
  const answer = new Event();
  const server = new HttpServer({ port: 0, host: '127.0.0.1' }, function* (_request, response) {
    asked.set();
    yield* answer.wait();
    response.end('body');
  });
  await server.start();
  function* download(): Coroutine<string> {
    const response = yield* fetch(`http://127.0.0.1:${server.port}/`);
    return yield* response.text();
  }
  const waiter = spawn(function* crawl() {
    return yield* download();
  });
  await asked.wait();

  assert.match(framesOf(waiter).join(' '), /^download:\d+ crawl:\d+$/);
  answer.set();
  assert.is(await waiter, 'body');
  await server.stop();
  unpatchAll();
});

test('shows greenlets that are ready to run', async () => {
  const seen: string[][] = [];
  const sleeper = spawn(function* sleeping() {
    for (let i = 0; i < 3; i += 1) yield* sleep(0);
    return 'done';
  });
  const getter = spawn(first);
  await spawn(function* looking() {
    yield* sleep(0);
    queue.putNowait('x');
    seen.push(framesOf(sleeper), framesOf(getter));
    seen.push(framesOf(sleeper));
  });

  assert.match(seen[0]?.join() ?? '', /^sleeping:\d+$/);
  assert.is(seen[1]?.[0], `fifth:${at.fifth}`);
  assert.equal(seen[2], seen[0]);
  assert.is(await sleeper, 'done');
  assert.is(await getter, 'xx');
});

test('shows a raw greenlet that waits for a switch back to it', () => {
  const raw = greenlet(function* outer(): Coroutine<number> {
    function* inner(): Coroutine<number> {
      return yield* getcurrent().parent!.switch('out') as unknown as Coroutine<number>;
    }
    return 1 + (yield* inner());
  });
  assert.is(raw.switch().value, 'out');

  assert.match(framesOf(raw).join(' '), /^inner:\d+ outer:\d+$/);
  assert.match(framesOf(raw).join(' '), /^inner:\d+ outer:\d+$/);
  assert.is(raw.switch(1).value, 2);
  assert.equal(stackOf(raw), []);
});

test('a greenlet that switches to another can be looked at from there', () => {
  const seen: string[][] = [];
  const host: RawGreenlet = greenlet(function* hosting() {
    yield* guest.switch();
    yield* guest.switch();
    seen.push(framesOf(guest));
  });
  const guest: RawGreenlet = greenlet(function* visiting() {
    for (;;) {
      seen.push(framesOf(host));
      yield* host.switch();
    }
  });
  host.switch();

  // The host may run on top of the guest, which is not suspended then.
  assert.match(JSON.stringify(seen), /^\[(\["hosting:\d+"\],){2}\[("visiting:\d+")?\]\]$/);
});

test('is empty where there is no stack', async () => {
  const unstarted = spawnLater(60_000, first);
  const operation = spawn(() => sleep(60_000));
  const promise = spawn(async () => 1);
  const ended = spawn(() => 1);
  await ended;
  await spawn(function* running() {
    assert.equal(stackOf(getcurrent()), []);
    yield* sleep(0);
  });

  for (const each of [unstarted, operation, promise, ended, getcurrent()]) assert.equal(stackOf(each), []);
  await killall([unstarted, operation]);
});

test('takes only a greenlet', () => {
  assert.throws(() => stackOf({} as never), { name: 'TypeError', message: 'stackOf() takes a greenlet' });
});

test('is not confused by Error.prepareStackTrace', async () => {
  const { prepareStackTrace } = Error;
  const result = await whileWaiting(spawn(first), (waiter) => {
    for (const prepare of [() => 5, () => stackOf(waiter).length, () => getcurrent().name]) {
      Error.prepareStackTrace = prepare;
      stackOf(waiter);
    }
    Error.prepareStackTrace = prepareStackTrace;
    assert.is(framesOf(waiter).length, 4);
  });

  assert.is(result, 'xyxy');
});

/** A hand-written iterator around an operation. It passes each step on, but not always the values. */
function forwarding(operation: Operation<string>, dropsValues: boolean): { [Symbol.iterator](): Coroutine<string> } {
  const inner = operation[Symbol.iterator]() as Coroutine<string>;
  const steps = {
    next: (value: unknown) => ({ ...inner.next(dropsValues && value === undefined ? 'odd' : value) }),
    throw: (error: unknown) => inner.throw(error),
    return: (value: string) => inner.return(value),
  };
  return { [Symbol.iterator]: () => steps as unknown as Coroutine<string> };
}

for (const dropsValues of [false, true]) {
  const which = dropsValues ? 'that changes the values' : '';
  test(`a greenlet that waits in a hand-written iterator ${which} is shown and goes on`, async () => {
    const waiter = spawn(function* wrapping() {
      return yield* forwarding(queue.get(), dropsValues);
    });
    const result = await whileWaiting(waiter, () => {
      assert.match(framesOf(waiter)[0] ?? '', /next/);
      assert.match(framesOf(waiter).at(-1) ?? '', /^wrapping:/);
    });

    assert.is(result, 'xy');
  });
}

test('a look calls no trace hook, and keeps the asynchronous context', async () => {
  const storage = new AsyncLocalStorage<string>();
  const events: string[] = [];
  const waiter = spawn(function* inContext() {
    return yield* withContext(storage, 'r-17', function* reading() {
      yield* queue.get();
      return storage.getStore();
    });
  });
  const result = await whileWaiting(waiter, () => {
    const previous = settrace((event) => void events.push(event));
    assert.match(framesOf(waiter).join(' '), /^reading:\d+ inContext:\d+$/);
    assert.is(storage.getStore(), undefined);
    settrace(previous);
  });

  assert.is(result, 'r-17');
  assert.equal(events, []);
});

test('a chain of thousands of generators is shown as a whole', async () => {
  function* nest(depth: number): Coroutine<number> {
    return depth === 0 ? (yield* queue.get()).length : 1 + (yield* nest(depth - 1));
  }
  const result = await whileWaiting(spawn(nest, 2_000), (waiter) => {
    assert.is(stackOf(waiter).length, 2_001);
  });

  assert.is(result, 2_002);
});

test('a look changes neither the order of waiters nor the running greenlet', async () => {
  const order: string[] = [];
  const waiters = ['a', 'b', 'c'].map((name) =>
    spawn(function* () {
      order.push(name + (yield* queue.get()));
    }),
  );
  await spawn(function* looking() {
    yield* sleep(0);
    for (const waiter of [...waiters].reverse()) stackOf(waiter);
    assert.is(getcurrent().name.startsWith('looking'), true);
    for (const item of ['1', '2', '3']) queue.putNowait(item);
  });
  await joinall(waiters);

  assert.equal(order, ['a1', 'b2', 'c3']);
});

test.run();
