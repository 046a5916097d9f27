/** What package.json says about the project. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './folders.ts';

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly repository?: string | { readonly url: string };
}

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** The repository's address in a browser. Undefined if package.json names none: then no page has a link to edit it. */
export function repositoryAddress({ repository }: Pick<Manifest, 'repository'> = manifest): string | undefined {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url
    ?.replace(/^git\+/, '')
    .replace(/^github:/, 'https://github.com/')
    .replace(/\.git$/, '');
}
