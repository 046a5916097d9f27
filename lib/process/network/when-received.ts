import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { host } from '../../hub/loop/host.ts';

/**
 * Calls `fn` once the program has what a greenlet is about to be given. A greenlet has it at once. If it is a branch of a `race()` and
 * ends with it, the caller of the `race()` has it only after all losers have ended, which may take long.
 */
export function whenReceived(greenlet: RawGreenlet, fn: () => void): void {
  const { branching } = greenlet;
  if (branching === null) {
    fn();
    return;
  }
  const returned = (): void => whenReceived(branching.owner, fn);
  if (!branching.onReturn(returned)) {
    fn();
    return;
  }
  host.microtask(() => {
    // It has gone on after its wait.
    if (greenlet.dead || !branching.offReturn(returned)) return;
    fn();
  });
}
