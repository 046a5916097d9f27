/** Links between files of the repository become links between pages of the site. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { root } from './folders.ts';
import { placeOf } from './places.ts';

/** A link in Markdown, or the address of a picture in HTML. */
const LINK = /(?<before>\]\(|\ssrc=")(?<target>[^)"\s#]+)(?=#[^)"\s]*\)|[)"])/g;
const CODE = /(^```[\s\S]*?^```$)/m;

/**
 * @param text of a page
 * @param file its path in the repository
 * @param found is called with each file that the page links to
 * @throws Error if a link leads nowhere
 */
export function withSiteLinks(text: string, file: string, found: (file: string) => void): string {
  const rewritten = (prose: string): string =>
    prose.replaceAll(LINK, (link, before: string, target: string) => {
      if (/^\w+:/.test(target)) return link;
      const linked = normalize(join(dirname(file), target)).replace(/\/$/, '');
      if (!existsSync(join(root, linked))) throw new Error(`${file} links to ${target}, which does not exist`);
      found(linked);
      const path = relative(dirname(placeOf(file)), placeOf(linked));
      return before + (path.startsWith('.') ? path : `./${path}`);
    });
  // The odd parts are code.
  return text
    .split(CODE)
    .map((part, index) => (index % 2 === 1 ? part : rewritten(part)))
    .join('');
}
