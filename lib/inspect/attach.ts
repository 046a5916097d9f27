/** Loaded into a program that was not prepared, when the command `greenhub` looks into it. */
import { door } from './door.ts';

/** Opens the socket until the visitor leaves. Returns its path. */
export function attach(): Promise<string> {
  return door.open(false);
}
