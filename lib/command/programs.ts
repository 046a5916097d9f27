import { readdirSync, rmSync } from 'node:fs';
import type { ProgramInfo } from '../inspect/requests.ts';
import { checkSocketFolder, socketFolder, socketPath } from '../inspect/socket-folder.ts';
import { Client } from './client.ts';
import { CommandError } from './errors.ts';
import { reachOf } from './process-facts.ts';

/** How long `greenhub ps` waits for a program, in milliseconds. */
const PATIENCE = 2_000;

/** A prepared program; `info` is null if it does not answer. */
export interface Program {
  readonly pid: number;
  readonly info: ProgramInfo | null;
}

/** The prepared programs of this user, by their ids. Removes the sockets of programs that have ended. */
export async function programs(): Promise<Program[]> {
  const pids = readFolder()
    .map((name) => Number(/^(\d+)\.sock$/.exec(name)?.[1]))
    .filter((pid) => pid > 0)
    .sort((a, b) => a - b);
  const found = await Promise.all(pids.map(lookAt));
  return found.filter((program) => program !== null);
}

function readFolder(): string[] {
  try {
    checkSocketFolder();
    return readdirSync(socketFolder());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CommandError((error as Error).message);
  }
}

async function lookAt(pid: number): Promise<Program | null> {
  const client = await Client.connect(socketPath(pid), pid);
  if (client === null) {
    if (reachOf(pid) === 'none') rmSync(socketPath(pid), { force: true });
    return null;
  }
  try {
    return { pid, info: await client.ask('hello', null, PATIENCE) };
  } catch {
    return { pid, info: null };
  } finally {
    client.close();
  }
}
