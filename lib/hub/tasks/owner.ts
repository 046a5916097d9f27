import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { MainWait } from '../loop/main-wait.ts';

/** The greenlet that a greenlet acts for: itself or, for a branch of a `race()` or the like, the owner of the branches. */
export function ownerOf(greenlet: RawGreenlet): RawGreenlet {
  let owner = greenlet;
  while (owner.branching !== null) owner = owner.branching.owner;
  return owner;
}

/** True if two greenlets act for the same owner. Everything that code in main awaits counts as main. */
export function sameOwner(a: RawGreenlet, b: RawGreenlet): boolean {
  return identityOf(a) === identityOf(b);
}

/** True for an operation that code in main awaits. There may be several at a time. */
export function isOfMain(greenlet: RawGreenlet): boolean {
  return greenlet instanceof MainWait;
}

/** The owner of a greenlet; main for everything that code in main awaits. */
export function identityOf(greenlet: RawGreenlet): RawGreenlet {
  const owner = ownerOf(greenlet);
  return owner instanceof MainWait ? kernel.main : owner;
}
