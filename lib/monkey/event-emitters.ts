import events from 'node:events';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { inGreenlets } from './in-greenlets.ts';
import type { Replace } from './patches.ts';

/** `once` and `on` of `node:events`, whose listeners are removed. */
export function patchEventEmitters(replace: Replace): void {
  inGreenlets(replace, 'events', events, 'once', boundBySignal(2));
  inGreenlets(replace, 'events', events, 'on', boundBySignal(2, tieIterator(false)));
}
