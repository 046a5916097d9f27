// Prints, as JSON, how every function that the patches replace behaves outside greenlets: `outside-program.js
// [patched]`. `outside.test.ts` compares the output with and without the patches.

import dns from 'node:dns';
import { once } from 'node:events';
import { builtinModules } from 'node:module';
import { promisify } from 'node:util';

/** @typedef {(...args: any[]) => any} AnyFunction */

const QUERIES =
  `resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs resolvePtr
  resolveSoa resolveSrv resolveTlsa resolveTxt reverse`
    .split(/\s+/)
    .filter((name) => name in dns);
const LISTENING = ['on', 'addListener', 'prependListener', 'once', 'prependOnceListener'];
const BLOCKING = ['recv', 'recvExactly', 'readUntil', 'readLine'];
const ITERATOR = 'Symbol(Symbol.iterator)';

/**
 * The functions that the patches replace, by holder. Each is called as listed in `CALLS`. @type {Record<string,
 * string[]>}
 */
const REPLACED = {
  globalThis: ['fetch', 'setTimeout', 'setInterval', 'setImmediate'],
  timers: ['setTimeout', 'setInterval', 'setImmediate'],
  'timers/promises': ['setTimeout', 'setInterval', 'setImmediate'],
  'timers/promises.scheduler.[[Prototype]]': ['wait'],
  dns: [...QUERIES, 'lookup', 'lookupService', 'setServers'],
  'dns/promises': [...QUERIES, 'lookup', 'lookupService', 'setServers'],
  'dns.Resolver.prototype': QUERIES,
  'dns/promises.Resolver.prototype': QUERIES,
  child_process: ['spawn', 'fork', 'exec', 'execFile'],
  events: ['once', 'on'],
  'stream/promises': ['pipeline', 'finished'],
  'stream.Duplex': ['from'],
  'readline/promises.Interface.prototype': ['question'],
  'fs/promises': ['open', 'readFile', 'writeFile', 'appendFile', 'watch'],
  'net.Server.prototype': LISTENING,
  'dgram.Socket.prototype': [...LISTENING, 'send', 'connect'],
};

/**
 * The added members: they are not enumerable, and outside greenlets nothing is iterable. @type {Record<string,
 * string[]>}
 */
const ADDED = {
  'globalThis.Promise.prototype': [ITERATOR],
  'child_process.ChildProcess.prototype': ['wait', 'communicate', ITERATOR],
  'net.Socket.prototype': [...BLOCKING, 'sendall', 'shutdown', ITERATOR],
  'net.Server.prototype': ['accept', ITERATOR],
  'http.ClientRequest.prototype': [ITERATOR],
  'http.IncomingMessage.prototype': [...BLOCKING, 'text', 'json', 'bytes'],
  'http.OutgoingMessage.prototype': ['sendall'],
  'dgram.Socket.prototype': ['recv', 'recvfrom', ITERATOR],
};

/** Arguments that are wrong for most of the functions. @type {unknown[][]} */
const WRONG = [[], [undefined], [{}], [undefined, undefined, undefined, undefined]];

/** Gives the `this` and the arguments of a timer's callback. @param {AnyFunction} set @param {unknown[]} before */
const called = (set, before, count = 0) =>
  new Promise((resolve) => {
    const timer = set(
      /** @this {object} @param {...unknown} args */
      function (...args) {
        clearInterval(/** @type {any} */ (this));
        resolve([this.constructor.name, this === timer, args]);
      },
      ...before,
      ...Array.from({ length: count }, (_, n) => n),
    );
  });

/** @type {Record<string, (f: AnyFunction) => unknown>} */
const TIMER = {
  'nothing passed': (f) => called(f, [1]),
  'no time passed': (f) => called(f, []),
  'much passed': (f) => called(f, [1], 6),
  'undefined passed': (f) => called(f, [1, undefined]),
};
/** @type {Record<string, (f: AnyFunction) => unknown>} */
const COMMAND = {
  'a callback': (f) => new Promise((resolve) => f('true', (/** @type {unknown[]} */ ...args) => resolve(args))),
  'a child': (f) => f('true').constructor.name,
  promised: (f) => promisify(f)('true'),
  'promised and failed': (f) => promisify(f)('no-such-program-anywhere'),
  'what promisify() gives': (f) => {
    const promised = promisify(f);
    return [promised === Reflect.get(f, promisify.custom), promised.name, promised.length];
  },
};

/** Valid calls, by the function's path. @type {Record<string, Record<string, (f: AnyFunction) => unknown>>} */
const CALLS = {
  'globalThis.fetch': {
    'an address': async (f) => {
      const response = await f('data:,text');
      return [Object.getPrototypeOf(response) === Response.prototype, Object.keys(response), await response.text()];
    },
    'its promise': (f) => Reflect.ownKeys(f('data:,')),
  },
  'timers/promises.setTimeout': { 'a value': (f) => f(1, 'value'), aborted: (f) => f(1, '', aborted()) },
  'timers/promises.setImmediate': { 'a value': (f) => f('value'), aborted: (f) => f('', aborted()) },
  'timers/promises.setInterval': {
    ticks: async (f) => {
      const seen = [];
      for await (const value of f(1, 'tick')) if (seen.push(value) === 2) break;
      return seen;
    },
  },
  'child_process.exec': COMMAND,
  'child_process.execFile': COMMAND,
  'child_process.spawn': {
    'a program': async (f) => once(f('true'), 'close'),
    'a program that is not there': async (f) => once(f('no-such-program-anywhere'), 'close'),
  },
  'stream.Duplex.from': { 'a promise': async (f) => (await f(Promise.resolve('text')).toArray())[0] },
  'events.once': {
    'an event': (f) => {
      const emitter = new (process.getBuiltinModule('events').EventEmitter)();
      const event = f(emitter, 'event');
      emitter.emit('event', 1, 2);
      return event;
    },
  },
  'dns.lookup': {
    'a callback': (f) => new Promise((resolve) => f('127.0.0.1', (/** @type {unknown[]} */ ...args) => resolve(args))),
    'no callback': (f) => f('127.0.0.1'),
  },
  'dns/promises.lookup': { 'an address': (f) => f('127.0.0.1') },
  'fs/promises.readFile': { 'a file': async (f) => (await f('package.json', 'utf8')).length },
  'stream/promises.finished': { 'no stream': (f) => f(5) },
};
for (const holder of ['globalThis', 'timers']) {
  CALLS[`${holder}.setTimeout`] = TIMER;
  CALLS[`${holder}.setInterval`] = TIMER;
  CALLS[`${holder}.setImmediate`] = {
    'nothing passed': (f) => called(f, []),
    'much passed': (f) => called(f, [], 6),
    'undefined passed': (f) => called(f, [undefined]),
  };
}

const aborted = () => ({ signal: AbortSignal.abort() });

/**
 * Every object of Node that a patch could reach, by path. Getters are not called, because they might load something.
 */
function holders() {
  const names = builtinModules.filter((name) => !/^_|^(node:|sys$|inspector|repl|wasi|trace_events)/.test(name));
  /** @type {[string, unknown][]} */
  let level = names.map((name) => [name, process.getBuiltinModule(name)]);
  level.push(['globalThis', globalThis]);
  /** @type {Map<unknown, string>} */
  const paths = new Map([Object.prototype, Function.prototype, process].map((each) => [each, '']));
  // Level by level, so that each object has its shortest path.
  for (let depth = 0; depth < 4; depth += 1) {
    const fresh = level.filter(
      ([path, value]) => Object(value) === value && !paths.has(value) && paths.set(value, path),
    );
    level = fresh.flatMap(([path, value]) => inside(path, /** @type {object} */ (value)));
  }
  return new Map(
    [...paths].filter(([, path]) => path !== '').map(([value, path]) => [path, /** @type {object} */ (value)]),
  );
}

/** @param {string} path @param {object} holder @returns {[string, unknown][]} */
function inside(path, holder) {
  /** @type {[string, unknown][]} */
  const found = Reflect.ownKeys(holder).map((key) => [
    `${path}.${String(key)}`,
    Object.getOwnPropertyDescriptor(holder, key)?.value,
  ]);
  return [...found, [`${path}.[[Prototype]]`, Object.getPrototypeOf(holder)]];
}

/** @param {Map<string, object>} all */
function properties(all) {
  /** @type {Map<string, PropertyDescriptor>} */
  const found = new Map();
  for (const [path, holder] of all) {
    for (const key of Reflect.ownKeys(holder)) {
      const property = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(holder, key));
      found.set(`${path}.${String(key)}`, property);
    }
  }
  return found;
}

/** Own or inherited: without the patch, a property may be inherited. @param {object} holder @param {string} key */
function propertyOf(holder, key) {
  let at = holder;
  while (!Object.hasOwn(at, key)) at = Object.getPrototypeOf(at);
  return Object.getOwnPropertyDescriptor(at, key);
}

/** The visible properties of a function. @param {object} holder @param {string} key */
function looks(holder, key) {
  const property = /** @type {PropertyDescriptor} */ (propertyOf(holder, key));
  const f = property.value;
  const own = Reflect.ownKeys(f).map((name) => {
    const { value, ...flags } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(f, name));
    return [String(name), typeof value, flags];
  });
  const { value: _, ...flags } = property;
  return { name: f.name, length: f.length, own, flags, kind: Object.getPrototypeOf(f).constructor.name };
}

/** @param {object} holder */
function listed(holder) {
  const keys = [];
  for (const key in holder) keys.push(key);
  return keys.sort();
}

/** @param {() => unknown} call */
async function outcome(call) {
  let result;
  try {
    result = call();
  } catch (error) {
    return { threw: told(error) };
  }
  const own = result instanceof Promise ? Reflect.ownKeys(result).map(String) : undefined;
  if (!(result instanceof Promise)) return { gave: told(result) };
  return result.then(
    (value) => ({ resolved: told(value), own }),
    (error) => ({ rejected: told(error), own }),
  );
}

/** @param {any} value @returns {unknown} */
function told(value) {
  if (value instanceof Error) {
    const { name, message, code, cause } = /** @type {NodeJS.ErrnoException} */ (value);
    return { name, message, code, cause: cause === undefined ? undefined : told(cause) };
  }
  if (Array.isArray(value)) return value.map(told);
  if (typeof value === 'function') return `function ${value.name}`;
  if (Object(value) !== value) return String(value);
  const Class = value.constructor;
  if (Class !== Object && Class !== undefined) return `a ${Class.name}`;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, told(each)]));
}

const isPatched = process.argv[2] === 'patched';
const reached = holders();
const changed = /** @type {string[]} */ ([]);
if (isPatched) {
  const { patchAll } = await import('greenhub/monkey');
  const before = properties(reached);
  patchAll();
  for (const [path, { value, get }] of properties(reached)) {
    const own = before.get(path);
    if (own === undefined || !Object.is(own.value, value) || own.get !== get) changed.push(path);
  }
}

/** @type {Record<string, unknown>} */
const seen = {};
for (const [path, names] of Object.entries(REPLACED)) {
  const holder = /** @type {any} */ (reached.get(path));
  for (const name of names) {
    const f = holder[name];
    seen[`${path}.${name}`] = looks(holder, name);
    for (const [at, args] of WRONG.entries()) {
      seen[`${path}.${name}, wrong ${at}`] = await outcome(() => holder[name](...args));
      seen[`${path}.${name}, wrong ${at} and called on nothing`] = await outcome(() => f(...args));
    }
    for (const [what, call] of Object.entries(CALLS[`${path}.${name}`] ?? {})) {
      seen[`${path}.${name}, ${what}`] = await outcome(() => call(f));
    }
  }
}
for (const [path, names] of Object.entries(ADDED)) {
  const holder = /** @type {any} */ (reached.get(path));
  seen[`${path}, listed`] = listed(holder);
  if (names.includes(ITERATOR)) seen[`${path}, iterable`] = typeof holder[Symbol.iterator];
}

const expected = [REPLACED, ADDED].flatMap((table) =>
  Object.entries(table).flatMap(([path, names]) => names.map((name) => `${path}.${name}`)),
);
process.stdout.write(JSON.stringify({ changed, expected, seen }), () => process.exit());
