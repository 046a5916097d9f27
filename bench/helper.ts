import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Forks a file of this folder, for servers and clients that must not share the measured event loop. Its output goes to standard
 * error, because standard output contains the table.
 */
export function forkHelper(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, { stdio: ['ignore', 2, 2, 'ipc'] });
}

/**
 * The next message of a child.
 *
 * @param patience how long it may take, in milliseconds
 * @throws Error if the child ends before it sends one
 */
export async function answerOf<T>(child: ChildProcess, patience = 600_000): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    const message = once(child, 'message', { signal: inTime }).then(([answer]) => answer as T);
    const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
      const name = child.spawnargs.slice(-2).join(' ');
      throw new Error(`${name}: its process ended with ${killedBy ?? `exit code ${code}`}`);
    });
    return await Promise.race([message, ended]);
  } finally {
    over.abort();
  }
}

/**
 * Returns the names that the user asked for, or all names if there are none.
 *
 * @throws Error if a name is unknown
 */
export function chosen<Name extends string>(asked: readonly string[], names: readonly Name[]): readonly Name[] {
  const unknown = asked.filter((name) => !(names as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; the names are: ${names.join(', ')}`);
  return asked.length === 0 ? names : names.filter((name) => asked.includes(name));
}
