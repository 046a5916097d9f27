import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { PATCHES, type PatchName, type PatchOptions, patchNames } from '../../lib/monkey/all-patches.ts';
import * as browser from '../../lib/monkey/browser/all-patches.ts';
import * as monkey from '../../lib/monkey/index.ts';
import { isPatched, patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { root } from '../../scripts/typescript-node.js';
import { thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';

const test = suite('all-patches');
const names = patchNames();

const installed = (): PatchName[] => names.filter(isPatched);
const functionOf = (name: string): string => `patch${name[0]?.toUpperCase()}${name.slice(1)}`;

/** Runs a body with patches installed, then removes them. */
function during<T>(patch: () => void, body: () => T): T {
  patch();
  try {
    return body();
  } finally {
    unpatchAll();
  }
}

interface Property {
  readonly holder: object;
  readonly key: PropertyKey;
  readonly before: PropertyDescriptor | undefined;
}

/** The properties that a function redefines, as they were before. */
function definedBy(patch: () => void): Property[] {
  const { defineProperty } = Object;
  const defined: Property[] = [];
  Object.defineProperty = (holder, key, property) => {
    defined.push({ holder: holder as object, key, before: Object.getOwnPropertyDescriptor(holder, key) });
    return defineProperty(holder, key, property);
  };
  try {
    patch();
  } finally {
    Object.defineProperty = defineProperty;
  }
  // Each replacement gets the name and the length of the original.
  return defined.filter(({ key }) => key !== 'name' && key !== 'length');
}

for (const name of names) {
  test(`the patch ${name} is exported as ${functionOf(name)}`, () => {
    assert.is(
      Reflect.get(monkey, functionOf(name)),
      PATCHES[name],
      `export ${functionOf(name)} in lib/monkey/index.ts`,
    );
  });

  test(`the patch ${name} can be installed alone, twice to no effect`, () => {
    assert.equal(during(PATCHES[name], installed), [name]);
    assert.equal(
      during(PATCHES[name], () => definedBy(PATCHES[name])),
      [],
    );
  });

  test(`patchAll() can leave out the patch ${name}, and installs it when it is named as true`, () => {
    assert.equal(
      during(() => patchAll({ [name]: false }), installed),
      names.filter((each) => each !== name),
    );
    assert.equal(
      during(() => patchAll({ [name]: true }), installed),
      names,
    );
  });

  test(`unpatchAll() restores all properties that the patch ${name} replaces`, () => {
    let properties: Property[] = [];
    during(
      () => {
        properties = definedBy(PATCHES[name]);
      },
      () => {},
    );

    assert.ok(properties.length > 0);
    for (const { holder, key, before } of properties) {
      assert.equal(Object.getOwnPropertyDescriptor(holder, key), before, String(key));
    }
  });
}

test('isPatched() and patchAll() refuse a name that is no patch, and install nothing', () => {
  for (const wrong of ['telepathy', 'toString', 'constructor']) {
    assert.instance(
      thrownBy(() => isPatched(wrong as PatchName)),
      TypeError,
    );
    assert.instance(
      thrownBy(() => patchAll({ [wrong]: true } as PatchOptions)),
      TypeError,
    );
    assert.equal(installed(), []);
  }
});

const hosts: readonly [folder: string, page: string, list: readonly string[]][] = [
  ['lib/monkey', 'docs/monkey.md', names],
  ['lib/monkey/browser', 'docs/web.md', Object.keys(browser.PATCHES)],
];

for (const [folder, page, list] of hosts) {
  test(`every patch in ${folder} is in the list`, () => {
    const sources = readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.ts') && !['patches.ts', 'install-in-node.ts'].includes(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8'));
    const patches = sources.flatMap((source) =>
      [...source.matchAll(/\binstall(?:InNode)?\((\w+), /g)].map(([, patch]) => patch),
    );
    const others = folder === 'lib/monkey' ? [] : ['patchPromise'];
    assert.equal([...others, ...patches].sort(), list.map(functionOf).sort());
  });

  test(`${page} has a table of all patches, in their order`, () => {
    const rows = readFileSync(join(root, page), 'utf8').matchAll(/^\| `(?<name>\w+)` \| `(?<fn>patch\w+)\(\)` \|/gm);
    assert.equal(
      [...rows].map(({ groups }) => [groups?.name, groups?.fn]),
      list.map((name) => [name, functionOf(name)]),
    );
  });
}

test.run();
