/**
 * If a greenlet waits for something that fails elsewhere, the error shows the frames of that greenlet, as `await` shows
 * `at async f`. One row for each call that passes such an error on.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import {
  AsyncResult,
  action,
  all,
  type Coroutine,
  call,
  forEach,
  Group,
  greenlet,
  joinall,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  retry,
  select,
  shield,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import { request } from '../../lib/net/index.ts';
import { root } from '../../scripts/typescript-node.js';
import { deadPort } from '../support/dead-port.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';

const test = suite('frames of who waited');

async function rejects(): Promise<never> {
  await null;
  throw new Error('rejected');
}

function* fails(): Coroutine<never> {
  yield* sleep(0);
  throw new Error('failed');
}

function failedResult(): AsyncResult<number> {
  const result = new AsyncResult<number>();
  result.setException(new Error('set'));
  return result;
}

function* failedGroup(): Coroutine<Group> {
  const group = new Group();
  group.spawn(fails);
  yield* sleep(0);
  return group;
}

/** Failing operations. Each is waited for by `yield*`, inside eight nested functions that only pass it on. */
const failing: Record<string, () => Operation<unknown> | Coroutine<unknown>> = {
  'until(promise)': () => until(rejects()),
  'until(function)': () => until(() => rejects()),
  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  'until(thenable)': () => until({ then: (_: unknown, reject: (e: Error) => void) => reject(new Error('x')) } as never),
  'until(fs/promises)': () => until(readFile('/does/not/exist')),
  action: () => action((_, reject) => void setImmediate(() => reject(new Error('late')))),
  'a greenlet': () => spawn(fails),
  get: () => spawn(fails).get(),
  *'get of one that has failed'() {
    const greenlet = spawn(fails);
    yield* greenlet.join();
    return yield* greenlet.get();
  },
  'joinall with raiseError': () => joinall([spawn(fails)], { raiseError: true }),
  *'joinall of one that has failed'() {
    const greenlet = spawn(fails);
    yield* greenlet.join();
    return yield* joinall([greenlet], { raiseError: true });
  },
  'AsyncResult.get': () => failedResult().get(),
  *'AsyncResult.get before it is set'() {
    const result = new AsyncResult();
    spawn(() => result.setException(new Error('set')));
    return yield* result.get();
  },
  all: () => all([fails, sleep(1)]),
  race: () => race([fails, sleep(1_000)]),
  select: () => select({ fails, late: sleep(1_000) }),
  nursery: () => nursery((n) => void n.spawn(fails)),
  *'Group.join with raiseError'() {
    return yield* (yield* failedGroup()).join({ raiseError: true });
  },
  'Pool.map': () => new Pool(2).map(fails, [1, 2]),
  'Pool.apply': () => new Pool(2).apply(fails),
  'Pool.imap': () => new Pool(2).imap(fails, [1]).next(),
  withTimeout: () => withTimeout(1_000, until(rejects())),
  'withTimeout(function*)': () => withTimeout(1_000, fails),
  shield: () => shield(until(rejects())),
  call: () => call(fails),
  retry: () => retry(() => until(rejects()), { attempts: 1 }),
  forEach: () => forEach(failingSource(), () => {}),
  request: () => request('http://127.0.0.1:1/'),
  *'get with a timeout'() {
    const slow = spawn(() => sleep(1_000));
    try {
      yield* slow.get({ timeout: 1 });
    } finally {
      slow.kill();
    }
  },
  'queue.get with a timeout': () => new Queue().get({ timeout: 1 }),
};

async function* failingSource(): AsyncGenerator<number> {
  yield 1;
  throw new Error('broken source');
}

type Make = (typeof failing)[string];

function* waits(make: Make): Coroutine<unknown> {
  return yield* make();
}
function* second(make: Make): Coroutine<unknown> {
  return yield* waits(make);
}
function* third(make: Make): Coroutine<unknown> {
  return yield* second(make);
}
function* fourth(make: Make): Coroutine<unknown> {
  return yield* third(make);
}
function* fifth(make: Make): Coroutine<unknown> {
  return yield* fourth(make);
}
function* sixth(make: Make): Coroutine<unknown> {
  return yield* fifth(make);
}
function* seventh(make: Make): Coroutine<unknown> {
  return yield* sixth(make);
}
function* eighth(make: Make): Coroutine<unknown> {
  return yield* seventh(make);
}

const names = ['waits', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];

/** The names of the functions of this file in a stack, innermost first. */
function framesIn(stack: string | undefined): string[] {
  return (stack ?? '').split('\n').flatMap((line) => /^\s+at (?:async )?(\w+) \(.*frames\.test/.exec(line)?.[1] ?? []);
}

async function errorOf(make: Make): Promise<Error> {
  const error = await spawn(eighth, make).then(
    () => null,
    (reason) => reason as Error,
  );
  assert.instance(error, Error);
  return error as Error;
}

for (const [name, make] of Object.entries(failing)) {
  test(`the error of ${name} shows all eight functions that waited, and no line of a generator between them`, async () => {
    const { stack } = await errorOf(make);

    const frames = framesIn(stack);
    assert.equal(frames.slice(-8), names, stack);
    assert.not.match(String(stack), /\.next \(<anonymous>\)/);
    assert.match(String(stack), /\n {4}at greenlet eighth-\d+$/);
  });
}

test("the error's own stack stands above the frames of the waiters", async () => {
  const error = await errorOf(() => until(rejects()));

  assert.equal(framesIn(error.stack).slice(0, 2), ['rejects', 'waits']);
  assert.match(String(error.stack), /^Error: rejected\n/);
});

test('an error that is thrown in the greenlet itself shows all eight functions too', async () => {
  const error = await errorOf(function* () {
    throw new Error('here');
  });

  assert.equal(framesIn(error.stack).slice(-8), names);
});

test('a stack shows each greenlet that passed the error on once, innermost first', async () => {
  const inner = spawn(function* inner() {
    yield* fails();
  });
  const middle = spawn(function* middle() {
    try {
      yield* inner;
    } catch {
      yield* inner.get();
    }
  });
  const outer = spawn(function* outer() {
    yield* middle;
  });

  const error = (await outer.catch((reason) => reason)) as Error;

  assert.equal(framesIn(error.stack), ['fails', 'inner', 'middle', 'outer']);
});

test('an error that many greenlets get shows ten of them', async () => {
  const shared = rejects();
  // On a busy machine it may reject before the greenlets have begun to wait.
  shared.catch(() => {});
  const waiters = Array.from({ length: 20 }, () =>
    spawn(function* waiter() {
      yield* until(shared);
    }),
  );
  await joinall(waiters);

  const error = waiters[0]?.exception as Error;
  assert.is(framesIn(error.stack).filter((name) => name === 'waiter').length, 10);
});

test('an error that a raw greenlet ends with shows the frames of its parent', async () => {
  const error = await errorOf(function* () {
    const child = greenlet(function* child() {
      throw new Error('in the child');
    });
    yield* child.switch();
  });

  assert.equal(framesIn(error.stack).slice(-8), names);
});

test('the frames of a call() are lines of the program, with their positions', async () => {
  function* deep(depth: number): Coroutine<never> {
    if (depth === 0) return yield* until(rejects());
    return yield* call(deep, depth - 1);
  }
  const error = (await spawn(function* start() {
    yield* call(deep, 3);
  }).catch((reason) => reason)) as Error;

  assert.equal(framesIn(error.stack), ['rejects', 'deep', 'deep', 'deep', 'deep', 'start']);
});

test('a deep recursion shows its innermost calls', async () => {
  function* deep(depth: number): Coroutine<never> {
    if (depth === 0) throw new Error('bottom');
    return yield* call(deep, depth - 1);
  }
  const error = (await spawn(deep, 10_000).catch((reason) => reason)) as Error;

  assert.is(framesIn(error.stack).length, 21);
  assert.match(String(error.stack), /… and the calls below\n {4}at greenlet deep-\d+$/);
});

test('values that are no errors, or cannot be changed, are passed on unchanged', async () => {
  const frozen = Object.freeze(new Error('frozen'));
  const { stack } = frozen;
  const strange = Object.defineProperty(new Error('strange'), 'stack', { value: { frames: [] } });
  const hostile = Object.defineProperty(new Error('hostile'), 'stack', {
    get() {
      throw new Error('not to be read');
    },
  });
  for (const thrown of [frozen, strange, hostile, 'text', null, undefined, { stack: 'own' }]) {
    const got = await spawn(eighth, () => until(Promise.reject(thrown))).catch((reason) => reason);
    assert.is(got, thrown);
  }
  assert.is(frozen.stack, stack);
  assert.equal(strange.stack, { frames: [] });
});

test('a killed greenlet does not change the reason of the kill', async () => {
  const reason = new Error('shutting down');
  const { stack } = reason;
  const killed = spawn(eighth, () => until(new Promise(() => {})));
  await sleep(0);

  killed.kill({ reason });
  await killed.join();

  assert.is(killed.exception, reason);
  assert.is(reason.stack, stack);
});

test('in a bundle, minified too, the frames of waiters follow the failing ones, without frames of the library', async () => {
  const program = `
    import { spawn, until } from './lib/index.ts';
    async function query() { await null; throw new Error('rejected'); }
    function* load() { yield* until(query()); }
    function* serve() { yield* spawn(load).get(); }
    console.log((await spawn(serve).catch((error) => error)).stack);`;
  const folder = await mkdtemp(join(tmpdir(), 'greenhub-'));
  try {
    for (const minifySyntax of [false, true]) {
      const outfile = join(folder, `bundle-${minifySyntax}.mjs`);
      await build({
        stdin: { contents: program, resolveDir: root },
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        minifySyntax,
        minifyWhitespace: minifySyntax,
        logLevel: 'silent',
      });
      const { stdout } = await promisify(execFile)(process.execPath, [outfile]);

      const names = stdout.split('\n').map((line) => line.replace(/ \(.*/, '').trim());
      assert.equal(names.slice(0, 4), ['Error: rejected', 'at query', 'at load', 'at greenlet load-2']);
      assert.equal(names.slice(-3), ['at serve', 'at greenlet serve-1', '']);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('where Error.prepareStackTrace gives no text, an error is passed on as it is', async () => {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    const error = await errorOf(() => until(rejects()));
    assert.is(Array.isArray(error.stack), true);
    assert.is(error.message, 'rejected');
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});

test("the program's limit of frames is kept outside greenlets, and obeyed inside", async () => {
  const { stackTraceLimit } = Error;
  await errorOf(failing.get as Make);
  assert.is(Error.stackTraceLimit, stackTraceLimit);
  try {
    Error.stackTraceLimit = 0;
    assert.equal(framesIn((await errorOf(() => until(rejects()))).stack), []);
    assert.is(Error.stackTraceLimit, 0);
    Error.stackTraceLimit = 2;
    assert.ok(framesIn((await errorOf(() => until(rejects()))).stack).length <= 5);
    await spawn(() => {
      Error.stackTraceLimit = 33;
    });
    assert.is(Error.stackTraceLimit, 33);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});

test('a Timeout shows where it was raised, and errors of patched promises and fetch show the waiter', async () => {
  const late = await errorOf(() => withTimeout(1, sleep(1_000)));
  assert.instance(late, Timeout);
  assert.equal(framesIn(late.stack), names);
  await whilePatched(async () => {
    const promise = await errorOf(() => rejects() as never);
    assert.equal(framesIn(promise.stack).slice(-8), names);
    const port = await deadPort();
    const fetched = await errorOf(() => fetch(`http://127.0.0.1:${port}/`) as never);
    assert.equal(framesIn(fetched.stack).slice(-8), names);
  });
});

test.run();
