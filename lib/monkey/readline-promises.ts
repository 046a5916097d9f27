import { Interface } from 'node:readline/promises';
import { boundBySignal } from './bound-by-signal.ts';
import { patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';

/** Patches `question()` of `node:readline/promises`. A cancelled question does not take the next line as its answer. */
export function patchReadlinePromises(replace: Replace): void {
  patchFunction(replace, 'readline/promises.Interface', Interface.prototype, 'question', boundBySignal(1));
}
