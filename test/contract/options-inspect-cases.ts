/** The calls of `greenhub/inspect` that take options. */
import { record, serve, snapshot, watchBlocking } from '../../lib/inspect/index.ts';
import type { Case } from './options.ts';

export const inspectCases: readonly Case[] = [
  { name: 'serve', option: 'port', make: () => ({ call: (options) => serve(options) }) },
  { name: 'snapshot', option: 'stacks', make: () => ({ call: (options) => snapshot(options) }) },
  { name: 'record', option: 'maxEvents', make: () => ({ call: (options) => record(options) }) },
  { name: 'watchBlocking', option: 'threshold', make: () => ({ call: (options) => watchBlocking(options) }) },
];
