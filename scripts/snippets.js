// Finds the programs in a page of the documentation: the blocks that begin with "```ts run". The tests run them, and the site gives them
// a button.

/** @typedef {{ line: number, code: string, output: string | undefined }} Snippet `output` is the text block that follows, if there is one */

const BLOCK = /^```ts run\n(?<code>[\s\S]*?)^```\n(?:\n```text\n(?<output>[\s\S]*?)^```\n)?/gm;

/**
 * @param {string} text of a page
 * @returns {Snippet[]}
 */
export function snippetsIn(text) {
  return [...text.matchAll(BLOCK)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    code: match.groups?.code ?? '',
    output: match.groups?.output,
  }));
}
