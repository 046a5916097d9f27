/** Loaded into a program that was not prepared, when the command `greenhub` or the process that has started it looks into it. */
import { door } from './door.ts';

export { lookForParent } from './look-for-parent.ts';

/** Opens the socket until the visitor leaves. Returns its path. */
export function attach(): Promise<string> {
  return door.open(false);
}
