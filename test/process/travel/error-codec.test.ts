import assert, { deepStrictEqual as equal, match, throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as greenhub from '../../../lib/index.ts';
import {
  BrokenBarrierError,
  Empty,
  Full,
  GreenletError,
  GreenletExit,
  Lock,
  LoopExit,
  run,
  ShutDown,
  sleep,
  Timeout,
  withTimeout,
} from '../../../lib/index.ts';
import * as inspection from '../../../lib/inspect/index.ts';
import * as monkey from '../../../lib/monkey/index.ts';
import * as net from '../../../lib/net/index.ts';
import {
  ConcurrentUseError,
  LimitExceededError,
  PrematureEndError,
  SocketClosedError,
} from '../../../lib/net/index.ts';
import * as processes from '../../../lib/process/index.ts';
import {
  AuthenticationError,
  BrokenPipeError,
  ConnectionLostError,
  EOFError,
  registerError,
  WorkerLostError,
} from '../../../lib/process/index.ts';
import { decodeError, encodeError } from '../../../lib/process/travel/encode.ts';
import * as tasks from '../../../lib/tasks/index.ts';
import * as testing from '../../../lib/testing/index.ts';
import * as web from '../../../lib/web/index.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel/error-codec');

/** What arrives of a thrown value. */
function arrived<T>(thrown: T, caller?: string, title?: string): T {
  const inProcess = decodeError(
    v8.deserialize(v8.serialize(encodeError(thrown, { toThread: false, use: 'result' }))),
    caller,
    title,
  );
  const inThread = decodeError(structuredClone(encodeError(thrown, { toThread: true, use: 'result' })), caller, title);
  equal(described(inThread), described(inProcess));
  return inProcess as T;
}

function described(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return [value.constructor, value.name, value.message, Object.entries(value).map(String)];
}

test('errors of built-in classes and of greenhub keep their class', () => {
  const errors = [
    new Error('a'),
    new EvalError('a'),
    new RangeError('a'),
    new ReferenceError('a'),
    new SyntaxError('a'),
    new TypeError('a'),
    new URIError('a'),
    new AggregateError([], 'a'),
    new DOMException('a', 'AbortError'),
    new assert.AssertionError({ message: 'a', actual: 1, expected: 2, operator: 'strictEqual' }),
    new GreenletExit('a'),
    new GreenletError('a'),
    new LoopExit('a'),
    new Timeout(5, 'a'),
    new Empty('a'),
    new Full('a'),
    new ShutDown('a'),
    new BrokenBarrierError('a'),
    new ConcurrentUseError('a'),
    new SocketClosedError('a'),
    new PrematureEndError('a', Buffer.from('half')),
    new LimitExceededError('a', 7),
    new WorkerLostError('a', -9),
    new ConnectionLostError('a'),
    new EOFError('a'),
    new BrokenPipeError('a'),
    new AuthenticationError('a'),
  ];
  for (const error of errors) {
    const got = arrived(error);
    equal(Object.getPrototypeOf(got), Object.getPrototypeOf(error), error.name);
    equal([got.name, got.message, got.stack], [error.name, error.message, error.stack]);
    equal(types.isNativeError(got), types.isNativeError(error), error.name);
    equal(String(got), String(error));
  }
});

test('every error class that greenhub exports arrives as itself', () => {
  const classes = [greenhub, net, processes, tasks, testing, web, inspection, monkey]
    .flatMap((entry) => Object.values<unknown>({ ...entry }))
    .filter((value): value is typeof Error => typeof value === 'function' && value.prototype instanceof Error);
  equal(classes.length > 20, true);
  for (const { name, prototype } of new Set(classes)) {
    equal(Object.getPrototypeOf(arrived(Object.setPrototypeOf(new Error('a'), prototype))), prototype, name);
  }
});

test('own properties arrive as they were', () => {
  equal(arrived(new WorkerLostError('gone', -9)).exitcode, -9);
  equal(arrived(new LimitExceededError('long', 7)).limit, 7);
  equal(arrived(new PrematureEndError('end', Buffer.from('half'))).partial.toString(), 'half');
  equal(arrived(new Timeout(50)).ms, 50);
  const error = Object.assign(new Error('a'), { code: 'E', errno: -2, nested: { list: [1, new Date(0)] } });
  Object.defineProperty(error, 'hidden', { value: 1, enumerable: false });
  const got = arrived(error);
  equal({ ...got }, { code: 'E', errno: -2, nested: { list: [1, new Date(0)] } });
  equal([Object.keys(got), Object.getOwnPropertyDescriptor(got, 'hidden')?.enumerable], [Object.keys(error), false]);
});

test('a Timeout that arrives is one that has not started', () => {
  const got = arrived(new Timeout(50, 'late'));
  equal([got.pending, got.ms, got.scope], [false, 50, undefined]);
  match(String(got), /late/);
  got.close();
});

test('the Timeout of a withTimeout() keeps its message', async () => {
  const error = await run(function* () {
    try {
      yield* withTimeout(0, () => sleep(1_000));
    } catch (error) {
      return error as Timeout;
    }
  });
  const got = arrived(error as Timeout);
  equal([got instanceof Timeout, got.message], [true, error?.message]);
});

test('errors of Node keep code and class', () => {
  const failing: [() => unknown, string][] = [
    [() => readFileSync('/nowhere'), 'ENOENT'],
    [() => Buffer.alloc(-1), 'ERR_OUT_OF_RANGE'],
    [() => readFileSync(undefined as never), 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [fail, code] of failing) {
    try {
      fail();
    } catch (error) {
      const got = arrived(error as NodeJS.ErrnoException);
      equal([got.code, got.name, got.stack], [code, (error as Error).name, (error as Error).stack]);
      for (const Class of [RangeError, TypeError]) equal(got instanceof Class, error instanceof Class);
    }
  }
});

test('cause and errors arrive, with cycles', () => {
  const cause = new RangeError('deep', { cause: 'text' });
  const error = new AggregateError([cause, new TypeError('b'), 3], 'all', { cause });
  cause.cause = error;
  const got = arrived(error);
  equal(got.errors.map(String), ['RangeError: deep', 'TypeError: b', '3']);
  equal(got.cause, got.errors[0]);
  equal((got.cause as Error).cause, got);
  equal(Object.keys(got), []);
});

class OutOfStock extends Error {
  override name = 'OutOfStock';
  readonly item: string;
  constructor(item: string) {
    super(`no ${item} left`);
    this.item = item;
  }
  get advice(): string {
    return `order ${this.item}`;
  }
}

test('a registered class is restored without a call of its constructor', () => {
  const before = arrived(new OutOfStock('tea'));
  equal([before.constructor, before.name, before.item], [Error, 'OutOfStock', 'tea']);
  registerError(OutOfStock);
  const got = arrived(new OutOfStock('tea'));
  equal(got instanceof OutOfStock, true);
  equal([got.advice, got.message, got.name], ['order tea', 'no tea left', 'OutOfStock']);
});

test('an error of an unknown class gets the nearest one that is known, and keeps its name', () => {
  class Unknown extends TypeError {
    override name = 'Unknown';
  }
  class Derived extends OutOfStock {}
  class Bare extends Error {}
  registerError(OutOfStock);
  const got = arrived(new Unknown('a'));
  equal([got.constructor, got.name, String(got)], [TypeError, 'Unknown', 'Unknown: a']);
  equal(arrived(new Derived('tea')).constructor, OutOfStock);
  equal([arrived(new Bare('a')).constructor, arrived(new Bare('a')).name], [Error, 'Error']);
});

test('of two classes of one name the last is restored, as after a module was loaded again', () => {
  const make = () => {
    class Again extends Error {}
    registerError(Again);
    return Again;
  };
  const [First, Second] = [make(), make()];
  equal(arrived(new First('a')) instanceof Second, true);
});

test('registerError() takes classes of errors only', () => {
  const wrong = registerError as (Class: unknown) => void;
  for (const value of [undefined, 'Error', () => {}, class {}, new Error('a')]) {
    throws(() => wrong(value), { name: 'TypeError', message: /registerError\(\) takes a class that extends Error/ });
  }
  throws(() => wrong(class extends Error {}), /class with a name/);
});

test('the stack shows the frames of the child above those of the caller', () => {
  const error = new RangeError('far');
  const caller = new Error('ignored\nmessage').stack ?? '';
  const { stack } = arrived(error, caller, 'Process-1 was started by');
  const frames = caller.slice(caller.indexOf('    at '));
  equal(stack, `${error.stack}\n    --- Process-1 was started by ---\n${frames}`);
  equal(arrived(error, frames).stack, `${error.stack}\n    --- called from ---\n${frames}`);
  equal(arrived(error, 'no frames').stack, error.stack);
  equal(arrived('a text', caller), 'a text');
});

test('properties that cannot be sent are left out, and the others stay', () => {
  const error = Object.assign(new Error('a', { cause: () => {} }), {
    request: { callback() {} },
    lock: new Lock(),
    port: { deep: [Symbol('a')] },
    status: 404,
  });
  Object.defineProperty(error, 'broken', {
    get() {
      throw new Error('getter');
    },
    enumerable: true,
  });
  equal({ ...arrived(error) }, { status: 404, broken: undefined });
});

test('an error whose fields are of the wrong type arrives all the same', () => {
  const odd = Object.assign(new Error('a'), { name: 3, message: { text: 'a' }, stack: [1] });
  const got = arrived(odd as unknown as Error);
  equal([got.name, got.message, got.stack], ['Error', '', 'Error']);
  equal(arrived(Object.create(Error.prototype)).message, '');
  const bare = new Error('without a stack');
  bare.stack = undefined;
  equal(arrived(bare).stack, 'Error: without a stack');
});

test('an error of another realm becomes one of this realm', () => {
  const got = arrived(runInNewContext('new RangeError("far")'));
  equal([got instanceof Error, got.name, got.message], [true, 'RangeError', 'far']);
});

test('what is thrown and is no error travels as a value', () => {
  for (const value of [undefined, null, 'text', 3, { code: 1 }, [1, { a: new Map([[1, 2]]) }]])
    equal(arrived(value), value);
});

test('what is thrown and cannot be sent becomes an error that names it', () => {
  equal(
    arrived(() => {}) instanceof TypeError && String(arrived(() => {})),
    'TypeError: error is a function, which cannot be cloned: only functions of remote() can be sent',
  );
  match(String(arrived({ resolve() {} })), /^TypeError: error\.resolve is a function/);
  match(String(arrived(Symbol('a'))), /^TypeError: error is a symbol/);
});

test.run();
