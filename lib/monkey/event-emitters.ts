import events from 'node:events';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';

/** Patches `once` and `on` of `node:events`. If they are cancelled, they remove their listeners. */
export function patchEventEmitters(replace: Replace): void {
  patchFunction(replace, 'events', events, 'once', boundBySignal(2));
  patchFunction(replace, 'events', events, 'on', boundBySignal(2, tieIterator(false)));
}
