import * as assert from 'uvu/assert';
import {
  type Coroutine,
  call,
  GreenletError,
  GreenletExit,
  getcurrent,
  greenlet,
  type RawGreenlet,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('call');
const main = getcurrent();

function* add(a: number, b: number): Coroutine<number> {
  yield* sleep(0);
  return a + b;
}

test('call() passes the arguments on and gives the result of the coroutine', async () => {
  const gr = spawn(function* () {
    return yield* call(add, 1, 2);
  });

  assert.is(await gr, 3);
});

test('call() does nothing until it is yielded', () => {
  let ran = false;

  call(() => {
    ran = true;
  });

  assert.is(ran, false);
});

test('call() of a plain function gives its result as it is', async () => {
  const gr = spawn(function* () {
    return yield* call((x: number) => x * 2, 21);
  });

  assert.is(await gr, 42);
});

test('call() of a function that returns an operation gives the value of the operation', async () => {
  const gr = spawn(function* () {
    return yield* call(() => spawn(() => 'value'));
  });

  assert.is(await gr, 'value');
});

test('call() of a value that is not a function throws a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => call(5 as never)),
    TypeError,
  );
});

test('a call is reusable, also while it is under way', async () => {
  let depth = 0;
  const again = call(function* (): Coroutine<number> {
    depth += 1;
    const level = depth;
    yield* sleep(0);
    return level < 3 ? yield* again : level;
  });
  const gr = spawn(function* () {
    return yield* again;
  });

  assert.is(await gr, 3);
  depth = 2;
  assert.is(await again, 3);
});

test('one call may be used by two greenlets at once', async () => {
  let next = 0;
  const shared = call(function* () {
    next += 1;
    const mine = next;
    yield* sleep(0);
    return mine;
  });
  const use = function* () {
    return yield* shared;
  };

  const [a, b] = [spawn(use), spawn(use)];

  assert.equal([await a, await b], [1, 2]);
});

test('an error crosses call() frames, and each finally runs once, innermost first', async () => {
  const log: string[] = [];
  const boom = new Error('boom');
  const nest = function* (depth: number): Coroutine<void> {
    try {
      if (depth === 0) throw boom;
      yield* call(nest, depth - 1);
    } finally {
      log.push(`finally ${depth}`);
    }
  };
  const gr = spawn(function* () {
    yield* call(nest, 3);
  });

  assert.is(await failureOf(gr), boom);
  assert.equal(log, ['finally 0', 'finally 1', 'finally 2', 'finally 3']);
});

test('an error may be caught in any frame, and the greenlet continues there', async () => {
  const gr = spawn(function* () {
    try {
      yield* call(function* () {
        yield* call(function* () {
          yield* sleep(0);
          throw new Error('boom');
        });
      });
    } catch (error) {
      return `caught ${(error as Error).message} ${yield* call(add, 1, 1)}`;
    }
  });

  assert.is(await gr, 'caught boom 2');
});

test('a thrown value that is not an error crosses call() frames unchanged', async () => {
  for (const thrown of [undefined, null, 'text', Object.freeze(new Error('frozen'))]) {
    const gr = spawn(function* () {
      yield* call(function* () {
        yield* call(() => {
          throw thrown;
        });
      });
    });

    assert.is(await failureOf(gr), thrown);
  }
});

test('the stack of an error names the callers below the frame that failed', async () => {
  function* innermost(): Coroutine<void> {
    yield* sleep(0);
    throw new Error('boom');
  }
  function* middle(): Coroutine<void> {
    yield* call(innermost);
  }
  function* outermost(): Coroutine<void> {
    yield* call(middle);
  }

  const error = (await failureOf(spawn(outermost))) as Error;

  assert.match(error.stack ?? '', /innermost[\s\S]*middle[\s\S]*outermost/);
});

test('call() and native yield* nest in each other', async () => {
  const native = function* (depth: number): Coroutine<number> {
    return depth === 0 ? yield* call(add, 0, 0) : 1 + (yield* call(explicit, depth - 1));
  };
  const explicit = function* (depth: number): Coroutine<number> {
    return depth === 0 ? 0 : 1 + (yield* native(depth - 1));
  };

  assert.is(await spawn(native, 101), 101);
  assert.is(await spawn(native, 100), 100);
});

test('a recursion a million deep does not overflow, and may suspend at its bottom', async () => {
  const sum = function* (n: number): Coroutine<number> {
    if (n > 0) return 1 + (yield* call(sum, n - 1));
    yield* sleep(0);
    yield* sleep(1);
    return 0;
  };

  assert.is(await spawn(sum, 1_000_000), 1_000_000);
});

test('an error comes up from a hundred thousand calls', async () => {
  const boom = new Error('boom');
  const sink = function* (n: number): Coroutine<void> {
    if (n === 0) throw boom;
    yield* call(sink, n - 1);
  };

  assert.is(await failureOf(spawn(sink, 100_000)), boom);
});

test('a kill unwinds a hundred thousand calls, each finally once', async () => {
  let cleaned = 0;
  const sink = function* (n: number): Coroutine<void> {
    try {
      if (n > 0) yield* call(sink, n - 1);
      else yield* sleep(Infinity);
    } finally {
      cleaned += 1;
    }
  };
  const gr = spawn(sink, 100_000);
  await sleep(0);
  await sleep(0);

  await gr.kill();

  assert.is(cleaned, 100_001);
  assert.instance(gr.exception, GreenletExit);
});

test('raw greenlets switch in the middle of calls', () => {
  const log: unknown[] = [];
  const talker = (name: string, other: () => RawGreenlet) =>
    function* (n: number): Coroutine<string> {
      log.push(`${name} ${n}`);
      if (n === 0) return name;
      yield* other().switch(n);
      return yield* call(talker(name, other), n - 1);
    };
  const a: RawGreenlet = greenlet(talker('a', () => b));
  const b: RawGreenlet = greenlet(talker('b', () => a));

  a.switch(2);

  assert.equal(log, ['a 2', 'b 2', 'a 1', 'b 1', 'a 0']);
  b.throw();
});

test('a generator that is closed by its caller in mid-call runs its finally', async () => {
  const log: string[] = [];
  const gr = spawn(function* () {
    yield* call(function* () {
      try {
        for (const _ of [1]) return 'early';
      } finally {
        yield* call(function* () {
          yield* sleep(0);
          log.push('cleaned');
        });
      }
    });
    log.push('after');
  });

  await gr;

  assert.equal(log, ['cleaned', 'after']);
});

test('a call can be awaited outside greenlets', async () => {
  assert.is(await call(add, 20, 22), 42);
  assert.is(await call(() => 7), 7);
  assert.instance(
    await failureOf(
      call(() => {
        throw new RangeError('boom');
      }),
    ),
    RangeError,
  );
});

test('a call that is iterated outside greenlets is a GreenletError', () => {
  assert.instance(
    thrownBy(() => call(add, 1, 2)[Symbol.iterator]().next()),
    GreenletError,
  );
});

test('a call that is yielded in a greenlet which main entered works as long as it does not block', () => {
  const gr = greenlet(function* () {
    return yield* call(function* () {
      return yield* main.switch('from inside');
    });
  });

  assert.is(gr.switch().value, 'from inside');
  assert.is(gr.switch('back').value, 'back');
});

test('main is refused when the blocking is in a call, and every frame is cleaned', () => {
  let cleaned = 0;
  const nest = function* (n: number): Coroutine<void> {
    try {
      if (n === 0) yield* sleep(1);
      else yield* call(nest, n - 1);
    } finally {
      cleaned += 1;
    }
  };
  const gr = greenlet(() => call(nest, 5));

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  assert.is(cleaned, 6);
});

test('main is refused although each call catches everything', () => {
  let attempts = 0;
  const gr = greenlet(function* () {
    for (; attempts < 10_000; attempts += 1) {
      try {
        yield* call(() => sleep(1));
      } catch {}
    }
  });

  assert.instance(
    thrownBy(() => gr.switch()),
    GreenletError,
  );
  assert.is(gr.dead, true);
  assert.ok(attempts < 10_000, 'the loop was left to run to its end');
});

test.run();
