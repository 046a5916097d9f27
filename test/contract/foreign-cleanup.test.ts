/** greenhub waits for foreign cleanup for a limited time; then it reports the cleanup and continues. */
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  forEach,
  type Greenlet,
  GreenletExit,
  getHub,
  Pool,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { thrownBy } from '../support/failure.ts';
import { type Context, suite } from '../support/harness.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('contract/foreign-cleanup');
const hub = getHub();
const boom = new Error('boom');

type Cleanup = () => PromiseLike<unknown>;
type Items = AsyncIterable<number> | Iterable<number>;

const step = { done: false, value: 1 } as const;
const end = { done: true, value: undefined } as const;

/** A thenable that begins again at each call of `then()`. */
function thenable(begin: Cleanup): PromiseLike<unknown> {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is
  return { then: (resolve, reject) => begin().then(resolve, reject) } as PromiseLike<unknown>;
}

/** Every source with foreign cleanup, by its name in messages. */
const sources: Record<string, (cleanup: Cleanup) => Items> = {
  'return() of an AsyncGenerator': (cleanup) =>
    (async function* () {
      try {
        for (;;) yield 1;
      } finally {
        await cleanup();
      }
    })(),
  'return() of an Object': (cleanup) => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => step,
      return: async () => {
        await cleanup();
        return end;
      },
    }),
  }),
  'return() of a Cursor': (cleanup) => {
    class Cursor {
      next() {
        return step;
      }
      return() {
        return thenable(cleanup);
      }
      [Symbol.asyncIterator]() {
        return this;
      }
    }
    return new Cursor() as unknown as AsyncIterable<number>;
  },
  'return() of a Plain': (cleanup) => {
    class Plain {
      next() {
        return step;
      }
      return() {
        return cleanup();
      }
    }
    return { [Symbol.iterator]: () => new Plain() as unknown as Iterator<number> };
  },
  'cancel() of a ReadableStream': (cleanup) =>
    new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: async () => void (await cleanup()),
    }) as unknown as AsyncIterable<number>,
};

/** Every way to end an iteration early, and how the iteration then ends. */
const ways: Record<string, { run(items: Items): Greenlet; end(outcome: unknown): boolean }> = {
  'an error in the body': {
    run: (items) =>
      spawn(() =>
        forEach(items, function* () {
          yield* sleep(1);
          throw boom;
        }),
      ),
    end: (outcome) => outcome === boom,
  },
  'a kill in the body': {
    run: (items) => {
      const job = spawn(() => forEach(items, () => sleep(1e9)));
      spawn(function* () {
        yield* sleep(1);
        job.kill();
      });
      return job;
    },
    end: (outcome) => outcome instanceof GreenletExit,
  },
  'a time limit in the body': {
    run: (items) => spawn(() => withTimeout(1, () => forEach(items, () => sleep(1e9)))),
    end: (outcome) => outcome instanceof Timeout,
  },
};

function hangs(): Promise<never> {
  return new Promise(() => {});
}

/** A cleanup that takes this many milliseconds. */
function takes(ms: number, then: () => unknown = () => {}): Cleanup {
  return async () => {
    await sleep(ms);
    return then();
  };
}

function tellings({ reported }: Context): { greenlet: string; message: string }[] {
  return reported
    .splice(0)
    .map(({ greenlet, error }) => ({ greenlet: greenlet.name, message: (error as Error).message }));
}

for (const [name, make] of Object.entries(sources)) {
  for (const [how, { run, end: isEnd }] of Object.entries(ways)) {
    test(`after ${how}, ${name} that hangs is waited for during the grace, and reported`, (context) =>
      onVirtualTime(async () => {
        const job = run(make(hangs));
        job.taken = true;

        await sleep(5_000);
        assert.is(job.dead, false);
        await sleep(2);

        assert.ok(job.dead && isEnd(job.exception), String(job.exception));
        assert.equal(tellings(context), [
          {
            greenlet: job.name,
            message:
              `${name} has not ended within 5000 ms, so the greenlet continues without it: ` +
              'make it settle, or set getHub().cleanupGrace to wait longer',
          },
        ]);
      }));

    test(`after ${how}, ${name} that ends within the grace is waited for, and not reported`, (context) =>
      onVirtualTime(async () => {
        const job = run(make(takes(4_990)));
        job.taken = true;

        await sleep(4_990);
        assert.is(job.dead, false);
        await sleep(5);

        assert.ok(job.dead && isEnd(job.exception), String(job.exception));
        assert.equal(tellings(context), []);
      }));

    test(`after ${how}, ${name} that fails within the grace is called once and reported`, (context) =>
      onVirtualTime(async () => {
        const failure = new Error('no cleanup');
        const job = run(
          make(
            takes(10, () => {
              throw failure;
            }),
          ),
        );
        job.taken = true;

        await sleep(20);

        assert.ok(job.dead && isEnd(job.exception), String(job.exception));
        assert.equal(tellings(context), [{ greenlet: job.name, message: 'no cleanup' }]);
      }));
  }

  test(`${name} that hangs after imap() was abandoned is reported, and blocks nothing`, (context) =>
    onVirtualTime(async () => {
      const before = hub.now();
      for await (const item of new Pool(2).imap(() => 1, make(hangs), { maxsize: 1 })) {
        assert.is(item, 1);
        break;
      }
      assert.is(hub.now(), before);

      await sleep(6_000);

      const [{ message } = { message: '' }, ...more] = tellings(context);
      assert.match(message, `${name} has not ended within 5000 ms`);
      assert.equal(more, []);
    }));
}

test('a kill waits neither for the current step of an iterator nor for the cleanup behind it', (context) =>
  onVirtualTime(async () => {
    let goOn = (): void => {};
    const under = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* rows(): AsyncGenerator<number> {
      try {
        await under;
        yield 1;
      } finally {
        await hangs();
      }
    }
    const job = spawn(() => forEach(rows(), () => {}));
    await sleep(1);

    await job.kill();
    assert.is(hub.now(), 1);
    await sleep(10_000);
    assert.equal(tellings(context), []);

    // The grace period begins when the step has ended.
    goOn();
    await sleep(5_010);
    assert.equal(
      tellings(context).map(({ greenlet }) => greenlet),
      [job.name],
    );
  }));

test("a greenlet's own shield in a finally is not bounded", (context) =>
  onVirtualTime(async () => {
    const job = spawn(function* (): Coroutine<void> {
      try {
        yield* sleep(1e9);
      } finally {
        yield* shield(() => sleep(60_000));
      }
    });
    await sleep(1);

    await job.kill();

    assert.is(hub.now(), 60_001);
    assert.equal(tellings(context), []);
  }));

function* hanging(): Iterator<number> {
  yield 1;
}

/** How long a job whose cleanup hangs takes to end, with this grace. */
async function timeToEnd(grace: number): Promise<number> {
  const { cleanupGrace } = hub;
  try {
    hub.cleanupGrace = grace;
    const before = hub.now();
    const items = { [Symbol.iterator]: () => Object.assign(hanging(), { return: hangs as never }) };
    const job = spawn(() =>
      forEach(items, () => {
        throw boom;
      }),
    );
    job.taken = true;
    await job.join();
    return hub.now() - before;
  } finally {
    hub.cleanupGrace = cleanupGrace;
  }
}

test('cleanup that hangs is printed, and the exit code stays 0', async () => {
  const { code, stdout, stderr } = await runProgram(`
    getHub().cleanupGrace = 1;
    async function* rows() { try { for (;;) yield 1; } finally { await new Promise(() => {}); } }
    const job = spawn(() => withTimeout(1, () => forEach(rows(), () => sleep(1e6)), { timeoutValue: 'late' }));
    console.log(await job);
  `);

  assert.is(stdout, 'late\n');
  assert.match(
    stderr,
    /^greenlet anonymous-1 continues although its cleanup hangs: HangingCleanup: return\(\) of an AsyncGenerator /,
  );
  assert.is(code, 0);
});

test('cleanupGrace sets how long cleanup is waited for', (context) =>
  onVirtualTime(async () => {
    assert.is(hub.cleanupGrace, 5_000);
    assert.is(await timeToEnd(100), 100);
    assert.is(await timeToEnd(0), 0);
    assert.is(tellings(context).length, 2);
  }));

test('cleanupGrace refuses invalid times and keeps its value', () => {
  for (const bad of [-1, Number.NaN, -Infinity]) {
    assert.instance(
      thrownBy(() => {
        hub.cleanupGrace = bad;
      }),
      RangeError,
    );
  }
  for (const bad of ['5', null, undefined, 5n, {}]) {
    assert.instance(
      thrownBy(() => {
        hub.cleanupGrace = bad as never;
      }),
      TypeError,
    );
  }
  assert.is(hub.cleanupGrace, 5_000);
});

test.run();
