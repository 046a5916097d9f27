import childProcess, * as childProcessNames from 'node:child_process';
import dns, * as dnsNames from 'node:dns';
import dnsPromises, * as dnsPromisesNames from 'node:dns/promises';
import events, * as eventsNames from 'node:events';
import fsPromises, * as fsPromisesNames from 'node:fs/promises';
import readlinePromises, * as readlineNames from 'node:readline/promises';
import streamPromises, * as streamNames from 'node:stream/promises';
import timers, * as timersNames from 'node:timers';
import timersPromises, * as timersPromisesNames from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {
  getOriginal,
  isPatched,
  type PatchName,
  patchAll,
  patchChildProcess,
  patchDns,
  patchEvents,
  patchTimers,
  unpatchAll,
} from '../../lib/monkey/index.ts';
import { suite } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';

const test = suite('restored');

const QUERIES =
  `resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs resolvePtr
  resolveSoa resolveSrv resolveTlsa resolveTxt reverse`
    .split(/\s+/)
    .filter((name) => name in dns);

const prototypeOf = (kind: unknown): object => (kind as { prototype: object }).prototype;

/** Everything that these patches replace, by patch and by holder. */
const REPLACED: [PatchName, () => void, [string, object, (string | symbol)[]][]][] = [
  [
    'timers',
    patchTimers,
    [
      ['timers', timers, ['setTimeout', 'setInterval', 'setImmediate']],
      ['globalThis', globalThis, ['setTimeout', 'setInterval', 'setImmediate']],
      ['timers/promises', timersPromises, ['setTimeout', 'setInterval', 'setImmediate']],
      ['timers/promises.scheduler', Object.getPrototypeOf(timersPromises.scheduler), ['wait']],
    ],
  ],
  [
    'dns',
    patchDns,
    [
      ['dns', dns, [...QUERIES, 'lookup', 'lookupService', 'setServers']],
      ['dns/promises', dnsPromises, [...QUERIES, 'lookup', 'lookupService', 'setServers']],
      ['dns.Resolver', dns.Resolver.prototype, QUERIES],
      ['dns/promises.Resolver', dnsPromises.Resolver.prototype, QUERIES],
    ],
  ],
  [
    'childProcess',
    patchChildProcess,
    [
      ['child_process', childProcess, ['spawn', 'fork', 'exec', 'execFile']],
      ['child_process.ChildProcess', prototypeOf(childProcess.ChildProcess), ['wait', 'communicate', Symbol.iterator]],
    ],
  ],
  [
    'events',
    patchEvents,
    [
      ['events', events, ['once', 'on']],
      ['stream/promises', streamPromises, ['pipeline', 'finished']],
      ['readline/promises.Interface', readlinePromises.Interface.prototype, ['question']],
      ['fs/promises', fsPromises, ['open', 'readFile', 'writeFile', 'appendFile', 'watch']],
    ],
  ],
];

const NAMESPACES: [string, object, object][] = [
  ['timers', timers, timersNames],
  ['timers/promises', timersPromises, timersPromisesNames],
  ['dns', dns, dnsNames],
  ['dns/promises', dnsPromises, dnsPromisesNames],
  ['child_process', childProcess, childProcessNames],
  ['events', events, eventsNames],
  ['stream/promises', streamPromises, streamNames],
  ['readline/promises', readlinePromises, readlineNames],
  ['fs/promises', fsPromises, fsPromisesNames],
];

type Properties = Map<PropertyKey, PropertyDescriptor>;

function propertiesOf(holder: object): Properties {
  return new Map(Reflect.ownKeys(holder).map((key) => [key, Object.getOwnPropertyDescriptor(holder, key) as never]));
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  const fields = ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'] as const;
  return fields.every((field) => Object.is(one?.[field], other?.[field]));
}

const differing = (before: Properties, after: Properties): PropertyKey[] =>
  [...after.keys()].filter((key) => !isSame(before.get(key), after.get(key)));

const sorted = (keys: Iterable<PropertyKey>): string[] => [...keys].map(String).sort();

for (const [name, patch, holders] of REPLACED) {
  for (const [module, holder, keys] of holders) {
    test(`the patch ${name} replaces only its listed properties of ${module}, and all of them are restored`, () => {
      const before = propertiesOf(holder);
      patch();
      try {
        assert.is(isPatched(name), true);
        assert.equal(sorted(differing(before, propertiesOf(holder))), sorted(keys));
        for (const key of keys.filter((each) => typeof each === 'string' && before.has(each))) {
          assert.is(getOriginal(module, key as string), before.get(key)?.value);
        }
      } finally {
        unpatchAll();
      }
      assert.equal([...propertiesOf(holder).keys()], [...before.keys()]);
      assert.equal(differing(before, propertiesOf(holder)), []);
    });

    test(`properties of ${module} that the patch ${name} replaces keep their flags, name, length and properties`, () => {
      const before = propertiesOf(holder);
      patch();
      try {
        const during = propertiesOf(holder);
        for (const key of keys.filter((each) => before.has(each))) {
          const { value, ...flags } = during.get(key) as PropertyDescriptor;
          const { value: own, ...ownFlags } = before.get(key) as PropertyDescriptor;
          assert.equal([key, flags], [key, ownFlags]);
          assert.equal([value.name, value.length], [own.name, own.length]);
          assert.equal(sorted(Reflect.ownKeys(value)), sorted(Reflect.ownKeys(own)));
        }
      } finally {
        unpatchAll();
      }
    });
  }
}

for (const [module, defaults, names] of NAMESPACES) {
  test(`named imports of ${module} follow the patches, and are restored by identity`, () => {
    const keys = Object.keys(names).filter((key) => key !== 'default' && key !== 'module.exports');
    const look = (): unknown[] => keys.map((key) => Reflect.get(names, key));
    const before = look();

    patchAll();
    try {
      for (const key of keys) assert.is(Reflect.get(names, key), Reflect.get(defaults, key), key);
    } finally {
      unpatchAll();
    }

    assert.ok(look().every((value, at) => Object.is(value, before[at])));
  });
}

test('patching again and again restores the originals each time', () => {
  const holders = REPLACED.flatMap(([, , entries]) => entries.map(([, holder]) => holder));
  const before = holders.map(propertiesOf);
  for (let n = 0; n < 3; n += 1) {
    patchAll();
    patchAll();
    unpatchAll();
  }

  holders.forEach((holder, at) => {
    assert.equal(differing(before[at] as Properties, propertiesOf(holder)), []);
  });
});

test('the originals work while the patches are on', () =>
  whilePatched(async () => {
    const exec = getOriginal<typeof childProcess.exec>('child_process', 'exec');
    const once = getOriginal<typeof events.once>('node:events', 'once');
    const lookup = getOriginal<typeof dnsPromises.lookup>('dns/promises', 'lookup');

    assert.equal(await once(exec('exit 3'), 'exit'), [3, null]);
    assert.equal(await lookup('127.0.0.1'), { address: '127.0.0.1', family: 4 });
  }));

test.run();
