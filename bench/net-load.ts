import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Connections of wrk, with one message under way on each. */
export const CONNECTIONS = 64;

/** What is to be said of the absence of wrk; undefined where it is there. */
export function whyNoWrk(): string | undefined {
  return spawnSync('wrk', ['--version']).error && 'there is no `wrk` here (a Debian package of that name)';
}

/**
 * Loads a server on a port of loopback, from outside its process, and gives how many messages a second it answered.
 *
 * @param script a file of this folder that says what is sent; an HTTP request unless given
 */
export async function runWrk(port: number, milliseconds: number, script?: string): Promise<number> {
  const seconds = Math.max(1, Math.round(milliseconds / 1_000));
  const scripted = script === undefined ? [] : ['-s', fileURLToPath(new URL(script, import.meta.url))];
  const args = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, ...scripted, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)('wrk', args);
  const rate = /^Requests\/sec: +([\d.]+)$/m.exec(stdout)?.[1];
  const broken = /^ +(?:Socket errors|Non-2xx).*$/m.exec(stdout)?.[0];
  if (rate === undefined || broken !== undefined) throw new Error(`wrk says: ${(broken ?? stdout).trim()}`);
  return Number(rate);
}

/** What a child says next. */
export async function answerOf(child: ChildProcess): Promise<number> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const message = once(child, 'message', { signal }).then(([answer]) => answer as number);
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${child.spawnargs.slice(-2).join(' ')}: its process ended with exit code ${code}`);
    });
    return await Promise.race([message, ended]);
  } finally {
    over.abort();
  }
}
