import { deepStrictEqual as equal, throws } from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { open } from 'node:fs/promises';
import { BlockList, SocketAddress } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import {
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  Event,
  Greenlet,
  Group,
  getHub,
  JoinableQueue,
  LifoQueue,
  Local,
  Lock,
  Pool,
  PriorityQueue,
  Queue,
  RateLimiter,
  RLock,
  Semaphore,
  sleep,
} from '../../../lib/index.ts';
import { encode } from '../../../lib/process/travel/encode.ts';
import { remote } from '../../../lib/process/travel/remote.ts';
import { TRAVEL, type Way } from '../../../lib/process/travel/shareable.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel/walk');

const toThread: Way = { toThread: true, use: 'argument' };
const toProcess: Way = { toThread: false, use: 'argument' };
const ways = { thread: toThread, process: toProcess };
const clone = (value: unknown, way: Way): unknown =>
  way.toThread ? structuredClone(value) : v8.deserialize(v8.serialize(value));

class Point {
  x = 1;
  // A method is in the prototype, and so is no obstacle.
  norm(): number {
    return this.x;
  }
}
class Numbers extends Array<number> {}
class Table extends Map<string, number> {}
class Source extends EventEmitter {}
/** Looks like an iterator, and is a class of the program. */
class Cursor {
  at = 0;
  next(): number {
    return this.at;
  }
  [Symbol.iterator](): this {
    return this;
  }
}

const wasm = (globalThis as unknown as { WebAssembly: Record<string, new (...args: unknown[]) => object> }).WebAssembly;
const cyclic: Record<string, unknown> = { inner: [] };
(cyclic.inner as unknown[]).push(cyclic, new Map([[cyclic, cyclic]]));
const sparse: unknown[] = [];
sparse[100_000_000] = 'far';

const cloneable: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  NaN: NaN,
  '-0': -0,
  bigint: 2n ** 70n,
  'lone surrogate': '\ud800',
  'plain object': { a: 1, 'b c': { d: [] }, 4: 5 },
  'object without a prototype': Object.assign(Object.create(null), { a: { b: 1 } }),
  'own __proto__': JSON.parse('{ "__proto__": { "a": [1] } }'),
  'properties with symbols': { [Symbol('hidden')]: () => {}, a: [1] },
  'hidden properties': Object.defineProperty({ a: [1] }, 'hidden', { value: () => {}, enumerable: false }),
  getter: {
    get inner() {
      return { a: 1 };
    },
  },
  'class instance': new Point(),
  'iterator of the program': new Cursor(),
  'subclass of Array': Numbers.from([1, 2]),
  'subclass of Map': new Table([['a', 1]]),
  'event emitter without listeners': new Source(),
  'prototype of a class': Object.create(Map.prototype),
  holes: Object.assign([], { 0: 1, 2: 3, 3: { a: 1 } }),
  sparse,
  'array with names': Object.assign([1, 2], { label: { a: 1 } }),
  match: /(?<year>\d+)/.exec('in 2026'),
  cyclic,
  'Map of maps': new Map<unknown, unknown>([[{ key: 1 }, new Map([[1, new Set([{}])]])]]),
  Date: new Date(0),
  RegExp: /a/gi,
  boxed: [Object(1), Object('a'), Object(true), Object(1n)],
  memory: [
    new ArrayBuffer(4),
    new Uint8Array(2),
    new Float64Array(2),
    new DataView(new ArrayBuffer(8)),
    Buffer.from('a'),
  ],
  'of another realm': runInNewContext('({ map: new Map([[1, { a: [1] }]]), date: new Date(0) })'),
  'many items': Array.from({ length: 1_000 }, (_, id) => ({ id, tags: ['a', { id }] })),
  'as deep as allowed': nested(999),
};

for (const [kind, way] of Object.entries(ways)) {
  for (const [name, value] of Object.entries(cloneable)) {
    test(`${kind}: ${name} is sent as it is`, () => {
      const { payload, specials } = encode(value, 'args', way);
      equal(Object.is(payload, value), true);
      equal(specials, null);
      clone(payload, way);
    });
  }
}

const forThreads: Record<string, unknown> = {
  SharedArrayBuffer: new SharedArrayBuffer(4),
  'view of a SharedArrayBuffer': new Int32Array(new SharedArrayBuffer(4)),
  'shared WebAssembly.Memory': new wasm.Memory!({ initial: 1, maximum: 1, shared: true }),
  'WebAssembly.Module': new wasm.Module!(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  Blob: new Blob(['a']),
  KeyObject: createSecretKey(Buffer.from('key')),
  BlockList: new BlockList(),
  SocketAddress: new SocketAddress({}),
  Histogram: createHistogram(),
};

for (const [name, value] of Object.entries(forThreads)) {
  test(`${name} is sent to threads only`, () => {
    clone(encode([value], 'args', toThread).payload, toThread);
    throws(() => encode([value], 'args', toProcess), { name: 'TypeError', message: /^args\[0\] is .*threads only/ });
  });
}

test('shared memory is no item of a queue', () => {
  throws(() => encode(new SharedArrayBuffer(4), 'item', { toThread: true, use: 'item' }), {
    name: 'TypeError',
    message: 'item is shared memory, which cannot be an item of a queue: use a Manager',
  });
});

function* count() {
  yield 1;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(4);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const refused: [value: unknown, message: RegExp][] = [
  [() => {}, /^args\[0\] is a function, which cannot be cloned: only functions of remote\(\) can be sent$/],
  [Point, /is a function/],
  [Symbol('a'), /is a symbol/],
  [Object(Symbol('a')), /is a Symbol/],
  [count(), /is a generator/],
  [sleep(0), /is an operation/],
  [Promise.resolve(1), /is a Promise, which cannot be cloned: wait for its value first/],
  [new WeakMap(), /is a WeakMap/],
  [new WeakSet(), /is a WeakSet/],
  [new WeakRef({}), /is a WeakRef/],
  [new Proxy({}, {}), /is a Proxy/],
  [new Proxy([], {}), /is a Proxy/],
  [[].values(), /is an Array Iterator, which cannot be cloned: send an array|is an Iterator/],
  [new Map().entries(), /is an? (?:Map )?Iterator/],
  [new Intl.NumberFormat(), /is a NumberFormat/],
  [new URL('http://localhost/'), /is a URL, which cannot be cloned: send its href/],
  [new URLSearchParams('a=1'), /is a URLSearchParams/],
  [new Headers(), /is a Headers/],
  [new AbortController(), /is an AbortController/],
  [new AbortController().signal, /is an AbortSignal/],
  [new TextDecoder(), /is a TextDecoder/],
  [detached(), /is memory that was already moved/],
  [new wasm.Memory!({ initial: 1 }), /is a Memory that is not shared/],
  [
    (function (..._: unknown[]) {
      // biome-ignore lint/complexity/noArguments: it is tested
      return arguments;
    })(1),
    /is an arguments object/,
  ],
  [process.getuid, /is a function/],
  [new Lock(), /is a Lock of greenhub, which serves one thread only: use the Lock of greenhub\/process/],
  [new RLock(), /is an RLock of greenhub.* use the RLock of/],
  [new Semaphore(1), /use the Semaphore of/],
  [new BoundedSemaphore(1), /use the BoundedSemaphore of/],
  [new Event(), /is an Event of greenhub.* use the Event of/],
  [new Condition(), /use the Condition of/],
  [new Barrier(1), /use the Barrier of/],
  [new Queue(), /use the Queue of greenhub\/process/],
  [new JoinableQueue(), /use the JoinableQueue of/],
  [new LifoQueue(), /is a LifoQueue of greenhub.* use the Queue of/],
  [new PriorityQueue(), /use the Queue of/],
  [new Channel(), /is a Channel of greenhub.* use the Queue of/],
  [new AsyncResult(), /is an AsyncResult of greenhub, which cannot leave its thread/],
  [new RateLimiter({ limit: 1 }), /is a RateLimiter of greenhub, which cannot leave/],
  [new Group(), /is a Group of greenhub/],
  [new Pool(1), /is a Pool of greenhub/],
  [new Greenlet(() => {}), /is a Greenlet of greenhub/],
  [getHub(), /is a Hub of greenhub/],
];

for (const [value, message] of refused) {
  const [, name] = /is an? ([\w ]+)/.exec(String(message)) ?? [];
  for (const [kind, way] of Object.entries(ways)) {
    test(`${kind}: refused, ${name ?? message}`, () => {
      throws(() => encode([value], 'args', way), { name: 'TypeError', message });
    });
  }
}

test('process.env and a module must be copied for a process', async () => {
  throws(() => encode([process.env], 'args', toProcess), /send \{ \.\.\.process\.env \}/);
  clone(encode([{ ...process.env }], 'args', toProcess).payload, toProcess);
  const data = await import(String(new URL('data:text/javascript,export const size = 1')));
  throws(() => encode([data], 'args', toThread), /^TypeError: args\[0\] is a module/);
});

test('the path names properties, items, keys and values', () => {
  const culprit = (): void => {};
  const cases: [value: unknown, root: string, path: string][] = [
    [culprit, 'value', 'value'],
    [[{ callback: culprit }], 'args', 'args[0].callback'],
    [{ 'not a name': [culprit] }, 'result', 'result["not a name"][0]'],
    [new Map([['key', culprit]]), 'item', 'item.get("key")'],
    [new Map([[3, { f: culprit }]]), 'item', 'item.get(3).f'],
    [new Map([[5n, culprit]]), 'item', 'item.get(5n)'],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [{ f: culprit }, 1],
      ]),
      'item',
      'item.keys[1].f',
    ],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [{}, culprit],
      ]),
      'item',
      'item.get(keys[1])',
    ],
    [new Set([culprit]), 'item', 'item.values[0]'],
    [[new Set([1, [culprit]])], 'args', 'args[0].values[1][0]'],
    [Object.assign([1], { f: culprit }), 'args', 'args.f'],
    [Object.assign(new Array(1_000).fill(1), { f: culprit }), 'args', 'args.f'],
    [Object.assign(new Array(50).fill(1), { f: culprit }), 'args', 'args.f'],
    [[{ first: 1, cyclic, point: Object.assign(new Point(), { f: culprit }) }], 'args', 'args[0].point.f'],
    [Object.assign([], { 100000000: culprit }), 'args', 'args[100000000]'],
  ];
  for (const [value, root, path] of cases) {
    throws(() => encode(value, root, toThread), {
      name: 'TypeError',
      message: new RegExp(`^${escaped(path)} is a function`),
    });
  }
});

test('the path of a value that a getter makes anew is given as far as it is known', () => {
  const value = {
    get made() {
      return () => {};
    },
  };
  throws(() => encode([value], 'args', toThread), /^TypeError: something in args is a function/);
});

test('an error of a getter is thrown, as by a clone', () => {
  const value = {
    get broken() {
      throw new RangeError('broken');
    },
  };
  throws(() => encode([value], 'args', toThread), /^RangeError: broken/);
});

test('what is nested too deeply is a RangeError, whatever it consists of', () => {
  throws(
    () => encode(nested(1_500), 'args', toThread),
    /^RangeError: args\.inner\.inner.* is nested more than 1000 levels deep$/,
  );
  let map: unknown = 1;
  for (let depth = 0; depth < 50_000; depth += 1) map = new Map([[1, map]]);
  throws(() => encode(map, 'args', toThread), { name: 'RangeError' });
});

test('what is moved may be inside, and nothing else', async () => {
  const { port1, port2 } = new MessageChannel();
  const file = await open(new URL(import.meta.url));
  const stream = new ReadableStream();
  const buffer = new ArrayBuffer(8);
  try {
    for (const object of [port1, stream, file]) {
      throws(
        () => encode([object], 'args', toThread),
        /^TypeError: args\[0\] is an? \w+, which cannot be cloned: to move it, name it in the option transfer/,
      );
      throws(
        () => encode([object], 'args', toProcess),
        /^TypeError: args\[0\] is an? \w+, which can be moved to threads only/,
      );
    }
    const fn = remote(import.meta.url, 'fn', () => {});
    const { payload } = encode([port1, { view: new Uint8Array(buffer), fn }], 'args', toThread, [port1, buffer]);
    const [moved, { view }] = structuredClone(payload, { transfer: [port1, buffer] }) as [object, { view: Uint8Array }];
    equal(moved.constructor.name, 'MessagePort');
    equal([view.byteLength, buffer.byteLength], [8, 0]);
  } finally {
    port2.close();
    await file.close();
  }
});

test('a shared object that refuses to go there is named by its path', () => {
  const local = {
    __proto__: {
      [TRAVEL](way: Way) {
        if (way.toThread) return { kind: 'test', data: 1 };
        throw new TypeError('a Value is memory of this process: use manager.value()');
      },
    },
  };
  equal(encode([local], 'args', toThread).specials?.what.length, 1);
  throws(() => encode([{ local }], 'args', toProcess), {
    name: 'TypeError',
    message: 'args[0].local cannot be sent: a Value is memory of this process: use manager.value()',
  });
});

test('a Local is no data', () => {
  throws(() => encode([new Local()], 'args', toThread), { name: 'TypeError' });
});

function nested(depth: number): object {
  let object = {};
  for (let level = 0; level < depth; level += 1) object = { inner: object };
  return object;
}

function escaped(text: string): string {
  return text.replace(/[[\]().]/g, '\\$&');
}

test.run();
