/** Finds the links of the built site that lead nowhere, because their page or their anchor does not exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

interface BuiltPage {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
}

/**
 * @param folder of the built site
 * @returns a line for each dead link
 */
export function deadLinks(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const pages = new Map(files.filter((name) => name.endsWith('.html')).map((name) => [name, read(join(folder, name))]));
  return [...pages].flatMap(([name, { links }]) =>
    links.filter((link) => !leadsSomewhere(link, name)).map((link) => `${name} links to ${link}`),
  );

  function leadsSomewhere(link: string, from: string): boolean {
    const [path = '', anchor = ''] = link.split('#');
    const absolute = path === '' ? from : posix.join(path.startsWith('/') ? '' : dirname(from), decodeURI(path));
    const target = absolute.replace(/^\//, '').replace(/(^|\/)$/, '$1index.html');
    const page = pages.get(target);
    if (page === undefined) return existsSync(join(folder, target)) && anchor === '';
    return anchor === '' || page.anchors.has(decodeURIComponent(anchor));
  }
}

function read(file: string): BuiltPage {
  const html = readFileSync(file, 'utf8');
  const anchors = new Set([...html.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id = '']) => unescaped(id)));
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
    .map(([, link = '']) => unescaped(link))
    .filter((link) => !/^\w+:/.test(link));
  return { anchors, links };
}

function unescaped(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
}
