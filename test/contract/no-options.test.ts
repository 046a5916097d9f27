/** A call without options refuses an options object, which it would otherwise ignore silently. */
import * as assert from 'uvu/assert';
import { classes, functions } from '../../lib/eslint/vocabulary.ts';
import * as greenhub from '../../lib/index.ts';
import {
  action,
  all,
  allSettled,
  any,
  forEach,
  Group,
  idle,
  nursery,
  type Operation,
  race,
  select,
  shield,
  sleep,
  until,
} from '../../lib/index.ts';
import * as mp from '../../lib/process/index.ts';
import { callsWithOptions } from '../support/calls-with-options.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { lockKinds } from '../support/kinds.ts';

const test = suite('contract/no-options');

/** A call with more arguments than its type has. */
type Loose = (...args: unknown[]) => Operation<unknown>;

interface Case {
  call(...extra: unknown[]): unknown;
  /** What the message says to write instead. */
  write: RegExp;
  /** True if the call cannot be made here without an options object. */
  onlyRefuses?: boolean;
}

const body = (): void => {};

const cases: Record<string, Case> = {
  sleep: { call: (...extra) => (sleep as Loose)(5, ...extra), write: /withTimeout\(ms, sleep\(…\)\)$/ },
  idle: { call: (...extra) => (idle as Loose)(...extra), write: /withTimeout\(ms, idle\(\)\)$/ },
  until: { call: (...extra) => (until as Loose)(rejected(), ...extra), write: /withTimeout\(ms, until\(…\)\)$/ },
  action: { call: (...extra) => (action as Loose)(body, ...extra), write: /withTimeout\(ms, action\(…\)\)$/ },
  shield: {
    call: (...extra) => (shield as Loose)(rejected(), ...extra),
    write: /shield\(\(\) => withTimeout\(ms, …\)\)$/,
  },
  forEach: {
    call: (...extra) => (forEach as Loose)([rejected()], body, ...extra),
    write: /withTimeout\(ms, forEach\(…\)\)$/,
  },
  nursery: { call: (...extra) => (nursery as Loose)(body, ...extra), write: /withTimeout\(ms, nursery\(…\)\)$/ },
  all: { call: (...extra) => (all as Loose)([rejected()], ...extra), write: /withTimeout\(ms, all\(…\)\)$/ },
  allSettled: {
    call: (...extra) => (allSettled as Loose)([rejected()], ...extra),
    write: /withTimeout\(ms, allSettled\(…\)\)$/,
  },
  any: { call: (...extra) => (any as Loose)([rejected()], ...extra), write: /withTimeout\(ms, any\(…\)\)$/ },
  race: { call: (...extra) => (race as Loose)([rejected()], ...extra), write: /withTimeout\(ms, race\(…\)\)$/ },
  select: {
    call: (...extra) => (select as unknown as Loose)({ key: rejected() }, ...extra),
    write: /withTimeout\(ms, select\(…\)\)$/,
  },
  'Group.map': {
    call(...extra) {
      const group = new Group();
      return (group.map as Loose).call(group, body, [rejected()], ...extra);
    },
    write: /withTimeout\(ms, group\.map\(…\)\)$/,
  },
  ...Object.fromEntries(
    lockKinds.map((Kind) => [
      `${Kind.name}.hold`,
      {
        call(...extra: unknown[]) {
          const lock = new Kind(1);
          return (lock.hold as Loose).call(lock, ...extra);
        },
        write: /withTimeout\(ms, lock\.hold\(\)\)$/,
      },
    ]),
  ),
};

const target = { module: new URL('../process/targets/work.js', import.meta.url), export: 'nothing' };

/** The calls of greenhub/process. They refuse before they act. */
const processCases: Record<string, Case> = {
  'process.Process.kill': {
    call: (...extra) => ofObject(new mp.Process({ target }), 'kill')(...extra),
    write: /withTimeout\(ms, process\.kill\(\)\)$/,
    onlyRefuses: true,
  },
  'process.ThreadPool.terminate': {
    call: (...extra) => ofObject(new mp.ThreadPool(1), 'terminate')(...extra),
    write: /withTimeout\(ms, pool\.terminate\(\)\)$/,
  },
  'process.ProcessPool.terminate': {
    call: (...extra) => ofObject(new mp.ProcessPool(1), 'terminate')(...extra),
    write: /withTimeout\(ms, pool\.terminate\(\)\)$/,
  },
  'process.Manager.shutdown': {
    call: (...extra) => ofObject(Object.create(mp.Manager.prototype), 'shutdown')(...extra),
    write: /withTimeout\(ms, manager\.shutdown\(\)\)$/,
    onlyRefuses: true,
  },
  'process.Connection.send': {
    call: (...extra) => ofObject(mp.Pipe()[0], 'send')(1, ...extra),
    write: /withTimeout\(ms, connection\.send\(…\)\)$/,
  },
  ...Object.fromEntries(
    [mp.Lock, mp.RLock, mp.Semaphore, mp.BoundedSemaphore].map((Kind) => [
      `process.${Kind.name}.hold`,
      {
        call: (...extra: unknown[]) => ofObject(new Kind(), 'hold')(...extra),
        write: /withTimeout\(ms, \w+\.hold\(\)\)$/,
      },
    ]),
  ),
};

function ofObject(object: object, method: string): Loose {
  return (...args) => (object as Record<string, Loose>)[method]!(...args);
}

/** Calls without options that have no case, and why. */
const withoutCase: Readonly<Record<string, string>> = {
  call: 'passes all its arguments on',
  withContext: 'passes all its arguments on',
  'RawGreenlet.switch': 'passes all its arguments on',
  'RawGreenlet.throw': 'passes on what it raises',
  'Group.apply': 'passes all its arguments on',
  'Nursery.start': 'passes all its arguments on',
  'Iteration.next': 'is called by the language',
  'Queue.next': 'is called by the language',
};

/** Handed over, so its rejection never counts as unhandled. The harness fails a test that leaves one. */
function rejected(): Promise<never> {
  return Promise.reject(new Error('handed to a call that refuses'));
}

/** Calls of greenhub/process without options that have no case. */
function needsNoCase(className: string, method: string): boolean {
  const takesValues = className.endsWith('Proxy');
  const onlyAsks = /^(qsize|empty|full|isSet|locked|counter|waiting|isBroken|unfinishedTasks|(get|put)Nowait|next)$/;
  return takesValues || onlyAsks.test(method);
}

for (const [name, { call, write, onlyRefuses = false }] of Object.entries({ ...cases, ...processCases })) {
  test(`${name}() refuses an options object and says what to write`, async () => {
    const error = thrownBy(() => call({ timeout: 5 }));

    assert.instance(error, TypeError);
    assert.match((error as Error).message, /\(\) takes no options: to limit its time, write /);
    assert.match((error as Error).message, write);
    await sleep(0);
  });

  if (onlyRefuses) continue;
  test(`${name}() ignores the further arguments of Array.map()`, () => {
    assert.not.throws(() => call(0, [body]));
  });
}

test('every exported call that blocks takes options, or has a case here', () => {
  const withOptions = callsWithOptions(['index.ts']).map((call) => call.split('.').at(-1));
  const exported: Readonly<Record<string, unknown>> = greenhub;
  const calls = [
    ...[...functions.keys()].filter((name) => name in exported),
    ...[...classes].flatMap(([name, methods]) =>
      name in exported ? [...methods.keys()].map((it) => `${name}.${it}`) : [],
    ),
  ];
  const known = new Set([...Object.keys(cases), ...Object.keys(withoutCase)].map((call) => call.split('.').at(-1)));

  assert.equal(
    calls.filter((call) => !withOptions.includes(call.split('.').at(-1)) && !known.has(call.split('.').at(-1))),
    [],
  );
});

test('every call of greenhub/process that blocks takes options, or has a case here', () => {
  const withOptions = new Set(callsWithOptions(['process/index.ts']));
  const exported: Readonly<Record<string, unknown>> = mp;
  const calls = Object.keys(exported).flatMap((name) =>
    [...(classes.get(`process.${name}`)?.keys() ?? [])].map((method) => ({ name, method })),
  );

  const missing = calls.filter(
    ({ name, method }) =>
      !originsOf(exported[name] as object, method).some((origin) => withOptions.has(origin)) &&
      !(`process.${name}.${method}` in processCases) &&
      !needsNoCase(name, method),
  );

  assert.ok(calls.length > 60, 'the vocabulary was read');
  assert.equal(missing, []);
});

/** The names of a method: of the class, and of all that it is derived from. */
function originsOf(declared: object, method: string): string[] {
  const origins: string[] = [];
  for (let link = declared; typeof link === 'function'; link = Object.getPrototypeOf(link)) {
    origins.push(`${(link as { name: string }).name}.${method}`);
  }
  return origins;
}

test.run();
