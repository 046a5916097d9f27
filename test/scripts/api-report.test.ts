import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { apiReport } from '../../scripts/api-report.js';
import { suite } from '../support/harness.ts';

const test = suite('scripts/api-report');

const files = {
  'package.json': JSON.stringify({
    name: 'pack',
    exports: {
      '.': { types: './index.d.ts' },
      './core': { types: './core.d.ts' },
      './more': { types: './more.d.ts' },
      './package.json': './package.json',
    },
  }),
  'index.d.ts': `export * from './core.ts';\nexport declare function beta(): void;\n`,
  'core.d.ts': `
import type { Base } from './base.ts';
/** Is told about. */
export declare class Zeta extends Base<'/* no comment */'> {
    private secret;
    /** What it does. */
    work(options: {
        /** In milliseconds. */
        timeout?: number;
    }): void;
    again(text: string): void;
    again(number: number): void;
    constructor();
}
export declare const alpha: number;
`,
  'base.d.ts': `export interface Base<T> {\n    base: T;\n}\nexport interface Other {\n}\n`,
  'more.d.ts': `
import type { Other } from './base.ts';
declare const plugin: string;
export default plugin;
declare global {
    interface Array<T> {
        other?: Other;
    }
}
`,
};

const head = (entry: string) =>
  `# ${entry}\n\nThe public interface, without comments. \`npm run api\` writes this page; do not edit it.\n`;

function pagesOf(changed: Record<string, string> = {}): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'api-report-'));
  try {
    for (const [name, text] of Object.entries({ ...files, ...changed })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return apiReport(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a page shows the exports of an entry point, by name, without comments and private members', () => {
  assert.is(
    pagesOf().get('pack-core.md'),
    `${head('pack/core')}
## Exports

\`\`\`ts
export declare class Zeta extends Base<'/* no comment */'> {
    constructor();
    again(text: string): void;
    again(number: number): void;
    work(options: {
        timeout?: number;
    }): void;
}

export declare const alpha: number;
\`\`\`

## Not exported, but used above

\`\`\`ts
export interface Base<T> {
    base: T;
}
\`\`\`
`,
  );
});

test('an export that a smaller entry point also has is shown only there', () => {
  assert.is(
    pagesOf().get('pack.md'),
    `${head('pack')}
## Exports

\`\`\`ts
export { Zeta, alpha } from 'pack/core';

export declare function beta(): void;
\`\`\`
`,
  );
});

test('a page shows additions to the types of other modules', () => {
  assert.is(
    pagesOf().get('pack-more.md'),
    `${head('pack/more')}
## Exports

\`\`\`ts
declare const plugin: string;
export default plugin;
\`\`\`

## Additions to types of other packages

\`\`\`ts
declare global {
    interface Array<T> {
        other?: Other;
    }
}
\`\`\`

## Not exported, but used above

\`\`\`ts
export interface Other {
}
\`\`\`
`,
  );
});

test('the order of members and declarations makes no difference', () => {
  const core = files['core.d.ts'];
  const reordered = core
    .replace('export declare const alpha: number;\n', '')
    .replace('/** Is told', 'export declare const alpha: number;\n/** Is told')
    .replace('    constructor();\n', '')
    .replace('    private secret;\n', '    constructor();\n    private other;\n');
  assert.not.equal(reordered, core);
  assert.equal(pagesOf({ 'core.d.ts': reordered }), pagesOf());
});

test.run();
