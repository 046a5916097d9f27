import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { callsWithOptions } from '../support/calls-with-options.ts';
import { suite } from '../support/harness.ts';
import { type Case, optionsContract } from './options.ts';
import { kernelCases } from './options-cases.ts';
import { inspectCases } from './options-inspect-cases.ts';
import { netCases } from './options-net-cases.ts';
import { processCases } from './options-process-cases.ts';
import { tasksCases } from './options-tasks-cases.ts';
import { webCases } from './options-web-cases.ts';

const test = suite('contract/options');

interface Table {
  readonly title: string;
  readonly entries: readonly string[];
  readonly cases: readonly Case[];
  /** Calls that pass all of their options on to Error. */
  readonly foreign: readonly string[];
}

/** `greenhub/process` has a table of its own, because some of its classes have the names of other ones. */
const tables: readonly Table[] = [
  {
    title: 'greenhub',
    entries: ['greenlet/index.ts', 'index.ts', 'net/index.ts', 'monkey/index.ts', 'testing/index.ts'],
    cases: [...kernelCases, ...netCases],
    foreign: ['new GreenletExit'],
  },
  {
    title: 'greenhub/process',
    entries: ['process/index.ts'],
    cases: processCases,
    foreign: ['new WorkerLostError'],
  },
  {
    title: 'greenhub/tasks',
    entries: ['tasks/index.ts'],
    cases: tasksCases,
    foreign: ['new StoreError'],
  },
  { title: 'greenhub/web', entries: ['web/index.ts'], cases: webCases, foreign: [] },
  { title: 'greenhub/inspect', entries: ['inspect/index.ts'], cases: inspectCases, foreign: [] },
];

for (const { title, entries, cases, foreign } of tables) {
  test(`every public call of ${title} with options is in the table`, () => {
    const tried = new Set(cases.map(({ name }) => name));
    assert.equal(
      callsWithOptions(entries).filter((name) => !tried.has(name)),
      foreign,
    );
  });

  test(`every call in the table of ${title} exists`, () => {
    const calls = callsWithOptions(entries);
    assert.equal(
      cases.map(({ name }) => name).filter((name) => !calls.includes(name)),
      [],
    );
  });

  optionsContract(test, cases);
}

/** With `exactOptionalPropertyTypes`, as `tsc --init` sets it, an option that may be undefined could not be passed on otherwise. */
test('every option may be undefined', () => {
  const api = new URL('../../api/', import.meta.url);
  const pages = readdirSync(api).map((page) => readFileSync(new URL(page, api), 'utf8'));
  const options = pages.flatMap((page) =>
    [...page.matchAll(/^export (?:interface|type) \w*Options?\b[\s\S]*?\n\n/gm)].flatMap(
      ([type]) => type.match(/\?: [^;}]+/g) ?? [],
    ),
  );
  assert.ok(options.length > 50);
  assert.equal(
    options.filter((type) => !/\b(?:undefined|unknown)\b/.test(type)),
    [],
  );
});

test.run();
