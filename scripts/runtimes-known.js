// The tests that cannot hold on a runtime, with the reason. `runtimes.js` counts them as skipped, and prints the reasons.

/** @type {Record<'Deno' | 'Bun', [test: RegExp, reason: string][]>} */
const lacks = {
  Deno: [],
  Bun: [],
};

/**
 * @param {'Deno' | 'Bun'} runtime
 * @param {string} test its file and its title
 * @returns {string | undefined} why it may fail; undefined if it must not
 */
export function known(runtime, test) {
  return lacks[runtime].find(([pattern]) => pattern.test(test))?.[1];
}
