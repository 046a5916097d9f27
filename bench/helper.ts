import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Forks a file of this folder, for servers and clients that must not share the measured event loop. Its output goes to standard
 * error, because standard output contains the table.
 */
export function forkHelper(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { stdio: ['ignore', 2, 2, 'ipc'] });
}
