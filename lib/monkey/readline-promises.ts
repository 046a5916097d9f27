import { Interface } from 'node:readline/promises';
import { boundBySignal } from './bound-by-signal.ts';
import { inGreenlets } from './in-greenlets.ts';
import type { Replace } from './patches.ts';

/** `question()` of `node:readline/promises`, which is withdrawn: the next line that is typed is no answer to it. */
export function patchReadlinePromises(replace: Replace): void {
  inGreenlets(replace, 'readline/promises.Interface', Interface.prototype, 'question', boundBySignal(1));
}
