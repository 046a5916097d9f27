/**
 * What holds for every call with options: a name that it does not know, and what is no options object, is refused at the
 * call, and nothing is begun. A new call is one entry more in a table.
 */
import * as assert from 'uvu/assert';
import { getHub } from '../../lib/index.ts';
import type { Test } from '../support/harness.ts';

export interface Subject {
  /** Makes the call with what is no options object, or with a wrong name. */
  call(options: never): unknown;
  /** Fails if that has begun anything. */
  assertUntouched?(): void | Promise<void>;
  /** Takes away what is left over. */
  end?(): void | Promise<void>;
}

export interface Case {
  /** As `callsWithOptions()` names it. */
  name: string;
  /** One of its options; `timeout` unless given. */
  option?: string;
  /** True where some options are those of Node or undici, which may be any. */
  foreign?: boolean;
  make(): Subject | Promise<Subject>;
}

/** What nobody can have meant for options. */
const NO_OPTIONS: readonly unknown[] = [5, null, 'why', true, () => {}, [], [{ timeout: 5 }], Symbol('why')];
/** Objects that are something else. */
const OTHERS: readonly unknown[] = [new Error('why'), new Map(), new AbortController().signal, Promise.resolve()];

/** Adds the tests of every case to a suite. */
export function optionsContract(test: Test, cases: readonly Case[]): void {
  for (const { name, option = 'timeout', foreign = false, make } of cases) {
    test(`${name} refuses a misspelt ${option}, names the right one, and begins nothing`, () =>
      onSubject(make, async (refusal) => {
        for (const slip of slipsOf(option)) {
          const message = await refusal({ [slip]: 5 });
          assert.match(message, `${slip} is no option of `);
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

/** Has a check try options; it is told the message of the TypeError that each is refused with. */
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

/** What a call throws, or an async function rejects with; no operation is waited for. */
async function thrownAt(call: () => unknown): Promise<unknown> {
  try {
    const value = call();
    if (value instanceof Promise) await value;
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}
