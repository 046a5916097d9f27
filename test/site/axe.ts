import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { root } from '../../scripts/typescript-node.js';

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** What axe finds wrong in a page: each fault with its kind, its element and an explanation. */
export async function faultsOf(page: Page): Promise<{ impact: string; text: string }[]> {
  await page.evaluate(readFileSync(join(root, 'site/node_modules/axe-core/axe.min.js'), 'utf8'));
  const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[];
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => ({ impact, text: `${id}: ${target}: ${failureSummary}` })),
  );
}
