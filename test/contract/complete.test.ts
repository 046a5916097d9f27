/** Every export must be in the contract of blocking calls and in the documentation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { classes, functions } from '../../lib/eslint/vocabulary.ts';
import * as greenhub from '../../lib/index.ts';
import * as inspection from '../../lib/inspect/index.ts';
import * as processes from '../../lib/process/index.ts';
import * as tasks from '../../lib/tasks/index.ts';
import * as web from '../../lib/web/index.ts';
import { suite } from '../support/harness.ts';
import { dropsItems, queueKinds } from '../support/kinds.ts';
import { hubCases } from './hub-cases.ts';
import { poolCases } from './pool-cases.ts';
import { syncCases } from './sync-cases.ts';

const test = suite('contract/complete');

const exported: Readonly<Record<string, unknown>> = greenhub;

/** Calls that have no cases in the contract, and the reasons. */
const withoutCases: Readonly<Record<string, string>> = {
  'Iteration.next': 'the calls that return an Iteration have cases: iwait().next(), Group.imap().next()',
  'RawGreenlet.switch': 'runs another greenlet instead of waiting for an event',
  'RawGreenlet.throw': 'runs another greenlet instead of waiting for an event',
};

test('every exported call that blocks has cases in the contract', () => {
  const names = [...hubCases, ...syncCases, ...poolCases].map(({ name }) => name);
  const hasCases = (call: string): boolean => names.some((name) => name.startsWith(`${call}(`));

  const isCovered = (call: string): boolean => hasCases(call) || call in withoutCases;

  const missing = blockingCalls().filter((call) => !originsOf(call).some(isCovered));

  assert.equal(missing, []);
});

test('every export has a heading in the documentation', () => {
  const folder = join(import.meta.dirname, '../../docs');
  const headings = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/^#{2,4} .*$/gm) ?? []);
  const described = new Set(headings.flatMap((heading) => heading.match(/\w+/g) ?? []));

  assert.equal(
    Object.keys(exported).filter((name) => !described.has(name)),
    [],
  );
});

for (const [entry, exports] of Object.entries({ process: processes, inspect: inspection, tasks, web })) {
  test(`every export of greenhub/${entry} is named in its documentation`, () => {
    const text = readFileSync(join(import.meta.dirname, `../../docs/${entry}.md`), 'utf8');
    // The headings, the prose and the tables, without the examples.
    const spans = text.replaceAll(/^```.*?^```$/gms, '').match(/`[^`\n]+`|^#+ .*$/gm) ?? [];
    const described = new Set(spans.flatMap((span) => span.match(/\w+/g) ?? []));

    assert.equal(
      Object.keys(exports).filter((name) => !described.has(name)),
      [],
    );
  });
}

/** Names such as `spawn` and `Queue.get`. */
function blockingCalls(): string[] {
  const ofFunctions = [...functions.keys()].filter((name) => name in exported);
  const ofClasses = [...classes]
    .filter(([name]) => name in exported)
    .flatMap(([name, methods]) => [...methods.keys()].map((method) => `${name}.${method}`));
  return [...ofFunctions, ...ofClasses].filter((call) => !isPutThatDrops(call));
}

/** It never waits. */
function isPutThatDrops(call: string): boolean {
  return queueKinds.some((Kind) => call === `${Kind.name}.put` && dropsItems(Kind));
}

/** The call, and the calls of base classes from which it inherits the method. */
function originsOf(call: string): string[] {
  const [name = '', method] = call.split('.');
  if (method === undefined) return [call];
  const origins: string[] = [];
  let link = exported[name] as { name: string; prototype: Record<string, unknown> };
  const own = link.prototype[method];
  for (; link.prototype?.[method] === own; link = Object.getPrototypeOf(link)) origins.push(`${link.name}.${method}`);
  return origins;
}

test.run();
