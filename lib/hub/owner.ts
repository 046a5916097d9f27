import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { MainWait } from './main-wait.ts';

/** On whose behalf a greenlet acts: its own, or that of the one whose `race()` (or the like) it is a branch of. */
export function ownerOf(greenlet: RawGreenlet): RawGreenlet {
  let owner = greenlet;
  while (owner.branching !== null) owner = owner.branching.owner;
  return owner;
}

/** True when two greenlets act for the same one. All that main code awaits is done for main. */
export function sameOwner(a: RawGreenlet, b: RawGreenlet): boolean {
  return identityOf(a) === identityOf(b);
}

/** True where others may act for the same owner at the same time: main code, and branches. */
export function sharesOwner(greenlet: RawGreenlet): boolean {
  return greenlet.branching !== null || greenlet instanceof MainWait;
}

function identityOf(greenlet: RawGreenlet): RawGreenlet {
  const owner = ownerOf(greenlet);
  return owner instanceof MainWait ? kernel.main : owner;
}
