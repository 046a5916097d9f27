// The tests that cannot hold on a runtime, with the reason. `runtimes.js` counts them as skipped, and prints the reasons.

/** @type {Record<string, [test: RegExp, reason: string][]>} */
const lacks = {
  Bun: [
    [/^sync\/local\.test\.ts: .*cannot be loaded/, 'calls the garbage collector of V8'],
    [/^contract\/misled\.test\.ts: .*"yield\* of a list gets/, "recognizes a mistake by V8's error message"],
    [/^contract\/misled\.test\.ts: .*"with debug on, the error/, "reads V8's stacks"],
    [/^hub\/cancellation\/cancel\.test\.ts: .*"the exit of a kill names the killer/, "reads V8's stacks"],
    [/^hub\/tasks\/greenlet\.test\.ts: .*"the spawn site begins with the line/, "reads V8's stacks"],
  ],
};

/**
 * @param {string} runtime
 * @param {string} test its file and its title
 * @returns {string | undefined} why it may fail; undefined if it must not
 */
export function known(runtime, test) {
  return lacks[runtime]?.find(([pattern]) => pattern.test(test))?.[1];
}
