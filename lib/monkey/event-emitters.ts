import events from 'node:events';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { inGreenlets } from './in-greenlets.ts';
import type { Replace } from './patches.ts';

/** Patches `once` and `on` of `node:events`. If they are cancelled, they remove their listeners. */
export function patchEventEmitters(replace: Replace): void {
  inGreenlets(replace, 'events', events, 'once', boundBySignal(2));
  inGreenlets(replace, 'events', events, 'on', boundBySignal(2, tieIterator(false)));
}
