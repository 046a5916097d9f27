import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { MainWait } from '../loop/main-wait.ts';

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

/** True for what main code awaits, of which there may be several at a time. */
export function isOfMain(greenlet: RawGreenlet): boolean {
  return greenlet instanceof MainWait;
}

/** Who acts: the owner, where all that main code awaits is done by main. */
export function identityOf(greenlet: RawGreenlet): RawGreenlet {
  const owner = ownerOf(greenlet);
  return owner instanceof MainWait ? kernel.main : owner;
}
