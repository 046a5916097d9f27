import * as assert from 'uvu/assert';
import { callsWithOptions } from '../support/calls-with-options.ts';
import { suite } from '../support/harness.ts';
import { optionsContract } from './options.ts';
import { kernelCases } from './options-cases.ts';
import { netCases } from './options-net-cases.ts';

const test = suite('contract/options');

const ENTRIES = ['greenlet/index.ts', 'index.ts', 'net/index.ts', 'monkey/index.ts', 'testing/index.ts'];
const cases = [...kernelCases, ...netCases];

/** Calls that pass all of their options on. */
const FOREIGN = ['new GreenletExit']; // to Error

test('every public call with options is in the table', () => {
  const tried = new Set(cases.map(({ name }) => name));
  assert.equal(
    callsWithOptions(ENTRIES).filter((name) => !tried.has(name)),
    FOREIGN,
  );
});

test('every call in the table exists', () => {
  const calls = callsWithOptions(ENTRIES);
  assert.equal(
    cases.map(({ name }) => name).filter((name) => !calls.includes(name)),
    [],
  );
});

optionsContract(test, cases);

test.run();
