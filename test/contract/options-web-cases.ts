/** The calls of `greenhub/web` that take options. */
import { connectWebSocket, events, once } from '../../lib/web/index.ts';
import type { Case } from './options.ts';

const target = new EventTarget();

export const webCases: readonly Case[] = [
  { name: 'once', option: 'capture', make: () => ({ call: (options) => once(target, 'news', options) }) },
  { name: 'events', option: 'passive', make: () => ({ call: (options) => events(target, 'news', options) }) },
  {
    name: 'connectWebSocket',
    option: 'protocols',
    make: () => ({ call: (options) => connectWebSocket('ws://127.0.0.1', options) }),
  },
];
