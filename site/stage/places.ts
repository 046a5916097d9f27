/** Where a file of the repository is on the site. Paths of both are relative and have slashes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './folders.ts';

/** Pages of the root that have a place of their own. */
const ROOT_PAGES: Readonly<Record<string, string>> = {
  'README.md': 'introduction.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'CODE_OF_CONDUCT.md': 'code-of-conduct.md',
};

/** Files that a page shows as they are. */
export function isPicture(file: string): boolean {
  return /\.(?:png|svg)$/.test(file);
}

export function isFolder(file: string): boolean {
  return statSync(join(root, file)).isDirectory();
}

/** A page of docs/ keeps its path. Any other file that a page links to gets a page that shows it. */
export function placeOf(file: string): string {
  const own = ROOT_PAGES[file];
  if (own !== undefined) return own;
  if (file.startsWith('docs/')) return file.slice('docs/'.length);
  // VitePress passes over folders such as `.github`.
  const place = `source/${file.replaceAll(/(?<=^|\/)\./g, '')}`;
  if (isFolder(file)) return `${place}/index.md`;
  return file.endsWith('.md') || isPicture(file) ? place : `${place}.md`;
}
