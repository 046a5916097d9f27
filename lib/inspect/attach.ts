/** The command `greenhub`, or the parent process, loads this module into a program that was not prepared for inspection. */
import { door } from './door.ts';

export { lookForParent } from './look-for-parent.ts';

/** Opens the socket until the visitor leaves. Returns its path. */
export function attach(): Promise<string> {
  return door.open(false);
}
