import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages } from './folders.ts';

/** Writes a page, with what VitePress has to know about it. */
export function writePage(place: string, text: string, about: Readonly<Record<string, unknown>> = {}): void {
  const file = join(pages, place);
  mkdirSync(dirname(file), { recursive: true });
  const head = Object.entries(about).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  writeFileSync(file, head.length === 0 ? text : `---\n${head.join('')}---\n\n${text}`);
}
