/** Helpers for the tests of the ESLint rule: programs in which it finds nothing, and programs with one mistake. */
import { createRequire } from 'node:module';
import { type Linter, RuleTester } from 'eslint';
import greenhub from '../../lib/eslint/index.ts';

/** A parser without type declarations. It reads TypeScript without the compiler. */
const babel = createRequire(import.meta.url)('@babel/eslint-parser') as Linter.Parser;
export const typescript: Linter.LanguageOptions = {
  parser: babel,
  parserOptions: { requireConfigFile: false, babelOptions: { parserOpts: { plugins: ['typescript'] } } },
};

// If a test fails, the message names the program.
RuleTester.describe = (_name, body) => body();
RuleTester.it = (code, body) => {
  try {
    body();
  } catch (error) {
    throw new Error(`${code}\n\n${(error as Error).message}`, { cause: error });
  }
};

type MessageId = 'writeYieldStar' | 'writeAwait' | 'cannotWait' | 'startGreenlet' | 'addStar' | 'iterateResult';

export const imports = `import * as g from 'greenhub';
import { all, getcurrent, greenlet, iwait, joinall, killall, sleep, sleep as nap, spawn, until, withTimeout } from 'greenhub';
import { Event, Greenlet, Group, JoinableQueue, Lock, Pool, Queue } from 'greenhub';
`;

/** The rule finds nothing in any of these programs. */
export function accepts(programs: readonly string[], languageOptions: Linter.LanguageOptions = {}): void {
  tester(languageOptions).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: programs.map((code) => imports + code),
    invalid: [],
  });
}

/** The rule finds one mistake in each of these programs and fixes it to the second; null if there must be no fix. */
export function reports(
  messageId: MessageId,
  programs: readonly (readonly [code: string, fixed: string | null])[],
  languageOptions: Linter.LanguageOptions = {},
): void {
  tester(languageOptions).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: [],
    invalid: programs.map(([code, fixed]) => ({
      code: imports + code,
      output: fixed === null ? null : imports + fixed,
      errors: [{ messageId }],
    })),
  });
}

export function tester(languageOptions: Linter.LanguageOptions): RuleTester {
  return new RuleTester({ languageOptions });
}
