import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.ts';

const test = suite('monkey/declared');

/**
 * A name that is imported from a module and used in `declare module` of the same module needs no import with some versions of
 * `@types/node`, so the compiler leaves the import out of the packed declarations. With others, the name is then unknown.
 */
test('what is added to a module of Node uses no type of that module by a name that was imported', () => {
  const folder = new URL('../../lib/monkey/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const wrong: string[] = [];
  let seen = 0;
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const [, module, block] of text.matchAll(/^declare module '(.+)' \{([\s\S]*?)^\}/gm)) {
      seen += 1;
      for (const name of namesFrom(`node:${module}`, text)) {
        if (isUsed(name, block as string)) wrong.push(`${file}: ${name}`);
      }
    }
  }
  assert.ok(seen >= 5);
  assert.equal(wrong, []);
});

test.run();

/** False for a name that the block declares, which is known there in any case. */
function isUsed(name: string, block: string): boolean {
  return new RegExp(`(?<![\\w.])${name}\\b`).test(block) && !new RegExp(`interface ${name}\\b`).test(block);
}

function namesFrom(module: string, text: string): string[] {
  return [...text.matchAll(/^import [^{;]*\{([^}]*)\} from '(.+)';/gm)]
    .filter(([, , from]) => from === module)
    .flatMap(([, names]) => (names as string).split(','))
    .map((name) => name.replace(/^\s*type /, '').trim())
    .filter((name) => /^\w+$/.test(name));
}
