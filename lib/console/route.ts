import { useEffect, useState } from 'preact/hooks';
import type { Page } from '../inspect/console/protocol.ts';

/** What the page shows: the name of a view, and what the server is asked about it. */
export interface Route {
  readonly view: string;
  readonly params: URLSearchParams;
}

const known: ReadonlySet<string> = new Set<Page['view']>([
  'overview',
  'greenlets',
  'crowds',
  'greenlet',
  'objects',
  'tree',
  'timeline',
  'warnings',
]);

type Params = Record<string, string | number | null>;

/** The address within the page, `#/greenlets?sort=wait`. The token stays in the address of the page. */
export function linkTo(view: string, params: Params = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== null && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `#/${view}${text === '' ? '' : `?${text}`}`;
}

/** The same view with some parameters changed. A new order or filter begins at the first row. */
export function changed({ view, params }: Route, changes: Params): string {
  return linkTo(view, { ...Object.fromEntries(params), from: null, ...changes });
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const update = () => setRoute(currentRoute());
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

function currentRoute(): Route {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { view: known.has(path) ? path : 'overview', params: new URLSearchParams(search) };
}
