/** The messages for common mistakes say what to write instead, in names that the program uses. */
import * as assert from 'uvu/assert';
import { host } from '../../lib/hub/loop/host.ts';
import {
  all,
  allSettled,
  any,
  Barrier,
  type Coroutine,
  call,
  forEach,
  Group,
  getHub,
  iwait,
  joinall,
  killall,
  nursery,
  Pool,
  Queue,
  race,
  retry,
  run,
  Semaphore,
  sleep,
  spawn,
  spawnLater,
  Timeout,
  until,
  wait,
  withTimeout,
} from '../../lib/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('what is said of common mistakes');

function* helper(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}

/** Bodies that lack a star, and the messages. A program without types may `yield` anything. */
const stars: Record<string, [body: () => Generator<unknown, unknown, unknown>, told: RegExp]> = {
  'yield helper()': [
    function* body() {
      yield helper();
    },
    /^greenlet body-\d+ yielded a generator, the result of calling a function\*: write `yield\* helper\(\)`, with the star$/,
  ],
  'yield sleep(1)': [
    function* body() {
      const slept = yield sleep(1); // not `yield nothing`
      return slept;
    },
    /^greenlet body-\d+ yielded an operation without the star, so it did not run: write `yield\* sleep\(1\)`, with the star$/,
  ],
  'yield of one among others': [
    function* body() {
      yield* sleep(0);
      return Math.max((yield helper()) as number, 2);
    },
    /write `yield\* helper\(\)`, with the star$/,
  ],
  'two yields': [
    function* body() {
      yield helper();
      yield sleep(1);
    },
    /write `yield\* fn\(\)`, with the star$/,
  ],
  'yield in a call()': [
    function* body() {
      yield* call(function* inner() {
        yield helper();
      });
    },
    /write `yield\* helper\(\)`, with the star$/,
  ],
  'yield* of a list': [
    function* body() {
      yield* [sleep(1), sleep(2)];
    },
    /yielded an operation without the star/,
  ],
  'yield of a list': [
    function* body() {
      yield [sleep(1), sleep(2)];
    },
    /yielded Array\(2\): to wait for several operations, write `yield\* all\(\[a, b\]\)`$/,
  ],
  'yield of a promise': [
    function* body() {
      yield Promise.resolve();
    },
    /yielded a promise: write `yield\* until\(promise\)`/,
  ],
  'yield of a function': [
    function* body() {
      yield helper;
    },
    /yielded the function helper, which was not called/,
  ],
  'yield of an async generator': [
    function* body() {
      yield (async function* () {})();
    },
    /yielded an async iterable: go through it with `yield\* forEach/,
  ],
  'yield alone': [
    function* body() {
      yield;
    },
    /yielded undefined, which is not an operation: .* `yield\* sleep\(0\)` to let others run$/,
  ],
  'yield of text': [
    function* body() {
      yield 'a\nb';
    },
    /yielded "a b", which is not an operation/,
  ],
};

for (const [name, [body, told]] of Object.entries(stars)) {
  test(`${name} gets an error that says what to write, without frames of the library`, async () => {
    const error = (await spawn(body).catch((reason) => reason)) as Error;

    assert.is(error.name, 'GreenletError');
    assert.match(error.message, told);
    assert.not.match(String(error.stack), /at (refuseYield|drive)/);
  });
}

test('with debug on, the error of a forgotten star has the line, and it is not reported again', async () => {
  const hub = getHub();
  const { report } = host;
  const reports: string[] = [];
  host.report = (text) => void reports.push(text);
  hub.debug = true;
  try {
    const [body] = stars['yield sleep(1)'] as (typeof stars)[string];
    const error = (await spawn(body).catch((reason) => reason)) as Error;

    assert.match(String(error.stack), /\n {4}at .*misled\.test\.ts:\d+:\d+\)?$/);
  } finally {
    hub.debug = false;
    host.report = report;
  }
  assert.equal(reports, []);
});

const greenlets = () => [spawn(helper), spawn(helper)] as unknown as [never, never];

/** Calls with wrong arguments, and the messages. */
const calls: Record<string, [call: () => unknown, told: RegExp]> = {
  'joinall(a, b)': [
    () => joinall(...greenlets()),
    /^joinall\(\) takes a list of greenlets, as in joinall\(\[a, b\]\)$/,
  ],
  'joinall(a)': [() => joinall(spawn(helper) as never), /^joinall\(\) takes a list of greenlets/],
  'joinall()': [() => joinall(undefined as never), /^joinall\(\) takes a list of greenlets/],
  'killall(a, b)': [
    () => killall(...greenlets()),
    /^killall\(\) takes a list of greenlets, as in killall\(\[a, b\]\)$/,
  ],
  'killall([helper()])': [
    () => killall([helper()] as never),
    /^killall\(\) takes greenlets that were made by spawn\(\), not a Generator$/,
  ],
  'wait(a, b)': [() => wait(...greenlets()), /^wait\(\) takes a list of .*, as in wait\(\[a, b\]\)$/],
  'iwait(a)': [() => iwait(spawn(helper) as never), /^iwait\(\) takes a list of .*, as in iwait\(\[a, b\]\)$/],
  'all(a, b)': [
    () => (all as (...bodies: unknown[]) => unknown)(...greenlets()),
    /^all\(\) takes a list of operations, as in all\(\[a, b\]\)$/,
  ],
  'race(promise)': [() => race(Promise.resolve() as never), /^race\(\) takes a list of operations/],
  'any(a)': [() => any(sleep(1) as never), /^any\(\) takes a list of operations/],
  'allSettled(5)': [() => allSettled(5 as never), /^allSettled\(\) takes a list of operations/],
  'withTimeout(body, ms)': [
    () => withTimeout(helper as never, 5 as never),
    /^the time of withTimeout\(ms, body\) must be a number of milliseconds, not function$/,
  ],
  'withTimeout(ms, helper())': [() => withTimeout(5, helper() as never), /write \(\) => fn\(…\) instead of fn\(…\)$/],
  'spawnLater(fn, ms)': [
    () => spawnLater(helper as never, 5 as never),
    /^the time of spawnLater\(ms, fn\) must be a number of milliseconds, not function$/,
  ],
  'new Timeout(text)': [() => new Timeout('5' as never), /^the time of a Timeout must be a number/],
  'spawn(helper())': [
    () => spawn(helper() as never),
    /^spawn\(\) takes a function .*, not a generator: pass the function\* without calling it/,
  ],
  'spawn(sleep(1))': [
    () => spawn(sleep(1) as never),
    /^spawn\(\) takes a function .*, not an operation: write \(\) => oper/,
  ],
  'spawn(promise)': [
    () => spawn(Promise.resolve() as never),
    /^spawn\(\) takes a function .*, not a promise: pass the async function without calling it$/,
  ],
  'spawn(undefined)': [() => spawn(undefined as never), /^spawn\(\) takes a function .*, not undefined$/],
  'run(helper())': [() => run(helper() as never), /^run\(\) takes a function .*, not a generator/],
  'call(helper())': [() => call(helper() as never), /^call\(\) takes a function, not a generator/],
  'until(helper())': [() => until(helper() as never), /not a generator: write `yield\* fn\(\)`$/],
  'nursery(helper())': [() => nursery(helper() as never), /^nursery\(\) takes a function .*, not a generator/],
  'map(items, fn)': [() => new Pool(1).map([1] as never, helper as never), /^map\(fn, items\) takes a function/],
  'imap(items, fn)': [() => new Group().imap([1] as never, helper as never), /^imap\(fn, items\) takes a function/],
  'forEach(body, source)': [() => forEach(helper as never, [1] as never), /^forEach\(source, body\) takes a function/],
};

for (const [name, [make, told]] of Object.entries(calls)) {
  test(`${name} gets an error that says what to pass`, () => {
    const error = thrownBy(make);

    assert.instance(error, TypeError);
    assert.match((error as Error).message, told);
  });
}

test('joinall([helper()]) gets an error that says what it is', async () => {
  const error: unknown = await joinall([helper()] as never).catch((reason) => reason);

  assert.is(String(error), 'TypeError: joinall() takes greenlets that were made by spawn(), not a Generator');
});

/** Calls with a text or an object instead of a number, which `process.argv` and other languages suggest. */
const counts: Record<string, (count: never) => unknown> = {
  'new Queue()': (count) => new Queue(count),
  'new Semaphore()': (count) => new Semaphore(count),
  'new Barrier()': (count) => new Barrier(count),
  'new Pool()': (count) => new Pool(count),
  'imap()': (maxsize) => new Group().imap(String, [1], { maxsize }),
  'joinall()': (count) => joinall([], { count }),
  'retry()': (attempts) => retry(helper, { attempts }),
};

for (const [name, make] of Object.entries(counts)) {
  test(`${name} does not say of a text or an object that it is a wrong number`, () => {
    assert.match(String(thrownBy(() => make('3' as never))), /, not a string$/);
    assert.match(String(thrownBy(() => make({ size: 3 } as never))), /, not an Object$/);
    assert.match(String(thrownBy(() => make(-1 as never))), /, not -1$/);
  });
}

test.run();
