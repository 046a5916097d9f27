import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The number of connections of wrk, each with one message in flight. */
export const CONNECTIONS = 64;

/** The message if wrk is missing; undefined if it is installed. */
export function whyNoWrk(): string | undefined {
  return spawnSync('wrk', ['--version']).error && '`wrk` is not installed (Debian package: wrk)';
}

/**
 * Loads a server on a loopback port from another process, and returns the number of messages it answered per second.
 *
 * @param script a file of this folder that defines the messages; HTTP requests by default
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
