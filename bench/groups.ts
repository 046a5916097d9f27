import type { Row } from './row.ts';

/** A file with rows. It is loaded when needed, so the process of a row contains only its own group. */
export interface Group {
  name: string;
  load(): Promise<Row[]>;
}

export const groups: Group[] = [
  group('switch', () => import('./switch.ts')),
  group('sleep0', () => import('./sleep0.ts')),
  group('spawn-join', () => import('./spawn-join.ts')),
  group('queue', () => import('./queue.ts')),
  group('sleepers', () => import('./sleepers.ts')),
  group('fairness', () => import('./fairness.ts')),
  group('fetch', () => import('./fetch.ts')),
];

function group(name: string, load: () => Promise<{ rows: Row[] }>): Group {
  return { name, load: async () => (await load()).rows };
}
