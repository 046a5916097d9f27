import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Forks a file of this folder: servers and clients that must not share the event loop of what is measured. What it
 * prints goes to standard error, for standard output is the table's.
 */
export function forkHelper(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { stdio: ['ignore', 2, 2, 'ipc'] });
}
