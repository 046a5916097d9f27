/** The navigation beside every page. It has every page of docs/, in the order in which one reads them. The reference has its own. */

export interface Item {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: readonly Item[];
}

/** Pages by the part of the site: their paths below docs/, and what the navigation calls them. */
const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Get started': { introduction: 'Introduction', 'coming-from-gevent': 'Coming from gevent' },
  Tutorial: {
    'tutorial/index': 'Ten steps',
    'tutorial/basics': '1–6: the basics',
    'tutorial/crawler': '7–10: a crawler',
  },
  Recipes: {
    'recipes/index': 'How do I …?',
    'recipes/requests': 'Requests',
    'recipes/work': 'Queues and schedules',
    'recipes/servers': 'Servers and sockets',
    'recipes/tests': 'Tests and faults',
  },
  'The core': { api: 'Overview', coordination: 'Coordination', groups: 'Groups and combinators' },
  'Outside the core': {
    monkey: 'Patching Node',
    net: 'Sockets and servers',
    process: 'More than one core',
    tasks: 'More than one machine',
    web: 'In a browser',
    frameworks: 'Web frameworks',
    'third-party': 'Other libraries',
    runtimes: 'Runtimes',
  },
  'Testing and debugging': {
    testing: 'Testing',
    debugging: 'Debugging',
    inspect: 'Seeing what runs',
    hunts: 'Three hunts',
    eslint: 'The ESLint rule',
  },
  'Under the hood': { architecture: 'Architecture', performance: 'Performance', contributing: 'Contributing' },
};

/**
 * @param guides the pages of docs/, as paths in the repository
 * @param reference the pages of the API reference
 * @throws Error if a guide is missing here
 */
export function navigation(guides: readonly string[], reference: readonly Item[]): Readonly<Record<string, Item[]>> {
  const known = new Set(Object.values(PARTS).flatMap((part) => Object.keys(part)));
  const missing = guides.filter((guide) => !known.has(guide.slice('docs/'.length, -'.md'.length)));
  if (missing.length > 0) throw new Error(`not in the navigation of the site: ${missing.join(', ')}`);
  const parts = Object.entries(PARTS).map(([text, part]) => ({
    text,
    items: Object.entries(part).map(([path, title]) => ({ text: title, link: `/${path}` })),
  }));
  const toReference = { text: 'API reference', items: [{ text: 'All entry points', link: '/reference/index' }] };
  const entryPoints = [{ text: 'API reference', link: '/reference/index', items: reference }];
  return { '/reference/': entryPoints, '/': [...parts, toReference] };
}
