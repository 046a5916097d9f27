import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import {
  getOriginal,
  isPatched,
  patchAll,
  patchFetch,
  patchPromise,
  patchTimers,
  unpatchAll,
} from '../../lib/monkey/index.ts';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';
import { undici } from '../support/undici.ts';

const test = suite('patches');

type Descriptors = Map<string, PropertyDescriptor>;

/** Every property of everything that a patch could reach, and of the functions among them. */
function everything(): Descriptors {
  const found: Descriptors = new Map();
  const holders: [string, object][] = [
    ['globalThis', globalThis],
    ['Promise', Promise],
    ['Promise.prototype', Promise.prototype],
    ['timers', timers],
    ['timers/promises', timersPromises],
    ['scheduler', timersPromises.scheduler],
    ['Scheduler.prototype', Object.getPrototypeOf(timersPromises.scheduler) as object],
    ['undici', undici],
    ['undici.Response', undici.Response],
    ['undici.Response.prototype', undici.Response.prototype],
    ['Response', Response],
    ['Response.prototype', Response.prototype],
    ['Request', Request],
    ['Request.prototype', Request.prototype],
    ['Function.prototype', Function.prototype],
    ['setTimeout', setTimeout],
    ['fetch', fetch],
    ['Generator.prototype', Object.getPrototypeOf(function* () {}) as object],
  ];
  for (const [name, holder] of holders) {
    for (const key of Reflect.ownKeys(holder)) {
      found.set(`${name}.${String(key)}`, Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor);
    }
  }
  return found;
}

function assertSame(before: Descriptors, after: Descriptors): void {
  assert.equal([...after.keys()], [...before.keys()]);
  for (const [name, descriptor] of before) {
    const now = after.get(name) as PropertyDescriptor;
    for (const field of ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'] as const) {
      assert.ok(Object.is(now[field], descriptor[field]), `${field} of ${name} is not what it was`);
    }
  }
}

/** Makes Node create what it creates on first access: the classes of its fetch, and undici's. */
function warmUp(): void {
  for (const key of Reflect.ownKeys(globalThis)) Reflect.get(globalThis, key);
  patchAll();
  unpatchAll();
}

test('unpatchAll() restores every property exactly, in its place', () => {
  warmUp();
  const before = everything();

  patchAll();
  const during = everything();
  unpatchAll();

  assertSame(before, everything());
  assert.is.not(during.get('globalThis.fetch')?.value, before.get('globalThis.fetch')?.value);
});

test('a replaced property keeps its flags', () => {
  warmUp();
  const before = everything();

  patchAll();
  const during = everything();
  unpatchAll();

  for (const [name, { writable, enumerable, configurable }] of before) {
    const now = during.get(name);
    // A replacement need not have the `prototype` of a plain function.
    if (now === undefined) continue;
    assert.equal([name, now.writable, now.enumerable, now.configurable], [name, writable, enumerable, configurable]);
  }
});

test('patching and unpatching again and again changes nothing', () => {
  warmUp();
  const before = everything();

  for (let n = 0; n < 3; n += 1) {
    patchAll();
    patchAll();
    unpatchAll();
    unpatchAll();
  }

  assertSame(before, everything());
});

test('unpatchAll() without any patch does nothing', () => {
  warmUp();
  const before = everything();

  unpatchAll();

  assertSame(before, everything());
});

test('each patch is idempotent: a second one replaces nothing', () =>
  whilePatched(() => {
    const first = everything();

    patchAll();
    patchFetch();
    patchPromise();
    patchTimers();

    assertSame(first, everything());
    assert.is.not(getOriginal('globalThis', 'fetch'), fetch);
  }));

test('a patch that was left out can be added', () =>
  whilePatched(
    () => {
      patchAll();
      assert.is(isPatched('fetch'), true);
    },
    () => patchAll({ fetch: false }),
  ));

test('getOriginal() gives the original, patched or not, with or without node:', async () => {
  const { fetch: ownFetch, setTimeout: ownTimeout } = globalThis;
  const ownWait = timersPromises.setTimeout;
  const look = (): unknown[] => [
    getOriginal('globalThis', 'fetch'),
    getOriginal('globalThis', 'setTimeout'),
    getOriginal('timers', 'setTimeout'),
    getOriginal('node:timers', 'setTimeout'),
    getOriginal('timers/promises', 'setTimeout'),
    getOriginal('node:timers/promises', 'setTimeout'),
  ];
  const expected = [ownFetch, ownTimeout, ownTimeout, ownTimeout, ownWait, ownWait];

  const before = look();
  await whilePatched(() => {
    const during = look();
    assert.ok(during.every((value, index) => value === expected[index]));
    assert.is.not(globalThis.fetch, ownFetch);
    assert.is.not(timersPromises.setTimeout, ownWait);
  });

  assert.ok(before.every((value, index) => value === expected[index]));
  assert.ok(look().every((value, index) => value === expected[index]));
});

test('getOriginal() gives unpatched properties, and refuses missing ones', () =>
  whilePatched(async () => {
    const { readFile } = await import('node:fs');

    assert.is(getOriginal('fs', 'readFile'), readFile);
    assert.is(getOriginal('timers', 'clearTimeout'), clearTimeout);
    assert.instance(
      thrownBy(() => getOriginal('telepathy', 'send')),
      TypeError,
    );
    assert.instance(
      thrownBy(() => getOriginal('fs', 'telepathy')),
      TypeError,
    );
  }));

test('an original works while the patch is on', () =>
  whilePatched(async () => {
    const wait = getOriginal<typeof timersPromises.setTimeout>('timers/promises', 'setTimeout');
    const original = getOriginal<typeof fetch>('globalThis', 'fetch');

    assert.is(await wait(1, 'value'), 'value');
    assert.is(await spawn(() => wait(1, 'value')), 'value');
    assert.is(await (await original('data:,text')).text(), 'text');
  }));

test('patches can be put on and taken off in a greenlet', async () => {
  warmUp();
  const before = everything();

  const gr = spawn(function* () {
    patchAll();
    const value = yield* Promise.resolve('value');
    unpatchAll();
    return [value, isPatched('promise')];
  });

  assert.equal(await gr, ['value', false]);
  assertSame(before, everything());
});

test.run();
