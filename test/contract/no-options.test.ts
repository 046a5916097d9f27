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

for (const [name, { call, write }] of Object.entries(cases)) {
  test(`${name}() refuses an options object and says what to write`, async () => {
    const error = thrownBy(() => call({ timeout: 5 }));

    assert.instance(error, TypeError);
    assert.match((error as Error).message, /\(\) takes no options: to limit its time, write /);
    assert.match((error as Error).message, write);
    await sleep(0);
  });

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

test.run();
