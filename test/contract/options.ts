/**
 * The contract of every call with options: it refuses an unknown name, and anything that is not an options object, at
 * the call, and begins nothing. A new call is one more entry in a table.
 */
import * as assert from 'uvu/assert';
import { getHub } from '../../lib/index.ts';
import type { Test } from '../support/harness.ts';

export interface Subject {
  /** Makes the call with invalid options, or with an unknown name. */
  call(options: never): unknown;
  /** Fails if the refused call has begun anything. */
  assertUntouched?(): void | Promise<void>;
  /** Cleans up. */
  end?(): void | Promise<void>;
}

export interface Case {
  /** The name that `callsWithOptions()` gives it. */
  name: string;
  /** One of its options; `timeout` by default. */
  option?: string;
  /** True if some options are those of Node or undici, so that any name is allowed. */
  foreign?: boolean;
  make(): Subject | Promise<Subject>;
}

/** Values that cannot be meant as options. */
const NO_OPTIONS: readonly unknown[] = [5, null, 'why', true, () => {}, [], [{ timeout: 5 }], Symbol('why')];
/** Objects of other kinds. */
const OTHERS: readonly unknown[] = [new Error('why'), new Map(), new AbortController().signal, Promise.resolve()];

/** Adds the tests of every case to a suite. */
export function optionsContract(test: Test, cases: readonly Case[]): void {
  for (const { name, option = 'timeout', foreign = false, make } of cases) {
    test(`${name} refuses a misspelt ${option}, names the right one, and begins nothing`, () =>
      onSubject(make, async (refusal) => {
        for (const slip of slipsOf(option)) {
          const message = await refusal({ [slip]: 5 });
          assert.match(message, `${slip} is not an option of `);
          assert.match(message, `did you mean ${option}?`);
        }
      }));

    test(`${name} refuses anything but an options object, says what to write, and begins nothing`, () =>
      onSubject(make, async (refusal) => {
        for (const given of foreign ? NO_OPTIONS : [...NO_OPTIONS, ...OTHERS]) {
          assert.match(await refusal(given), /takes its options as an object, not .*: write \{ \w+: /);
        }
      }));
  }
}

function slipsOf(option: string): string[] {
  const middle = Math.floor(option.length / 2);
  return [option.slice(0, middle) + option.slice(middle + 1), `${option}s`, option.toUpperCase()];
}

/** Calls a check with each of the options and the message of the TypeError that refuses them. */
async function onSubject(
  make: Case['make'],
  check: (refusal: (options: unknown) => Promise<string>) => Promise<void>,
): Promise<void> {
  const subject = await make();
  const before = [...getHub().living()];
  const timers = getHub().timers.size;
  try {
    await check(async (options) => {
      const error = await thrownAt(() => subject.call(options as never));
      assert.ok(error instanceof TypeError, `it threw ${String(error)}`);
      return error.message;
    });
    assert.equal([...getHub().living()], before);
    assert.is(getHub().timers.size, timers);
    await subject.assertUntouched?.();
  } finally {
    await subject.end?.();
  }
}

/** The error of a call, or the rejection of an async function. It does not wait for operations. */
async function thrownAt(call: () => unknown): Promise<unknown> {
  try {
    const value = call();
    if (value instanceof Promise) await value;
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}
