import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Windows has no such number, and no such sockets. */
const user = process.getuid?.() ?? -1;

/** The folder with the sockets of this user's programs. Only the user can open it, so only the user can connect. */
export function socketFolder(): string {
  return join(tmpdir(), `greenhub-${user}`);
}

/** The socket of a program. */
export function socketPath(pid: number): string {
  return join(socketFolder(), `${pid}.sock`);
}

/**
 * Makes the folder unless it exists.
 *
 * @throws Error if another user could look into it or has made it
 */
export function makeSocketFolder(): void {
  mkdirSync(socketFolder(), { recursive: true, mode: 0o700 });
  checkSocketFolder();
}

/** @throws Error if there is none, or if another user could look into it or has made it */
export function checkSocketFolder(): void {
  const folder = socketFolder();
  const { uid, mode } = lstatSync(folder);
  // A link has its own mode, which lets everybody in.
  if (uid !== user || (mode & 0o077) !== 0) {
    throw new Error(`${folder} must be a folder of this user that nobody else can open: remove it`);
  }
}
