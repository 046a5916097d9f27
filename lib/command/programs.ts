import { readdirSync, rmSync } from 'node:fs';
import type { FamilyMember } from '../inspect/family.ts';
import type { ProgramInfo } from '../inspect/requests.ts';
import { checkSocketFolder, socketFolder, socketPath } from '../inspect/socket-folder.ts';
import { Client } from './client.ts';
import { CommandError } from './errors.ts';
import { askMembers, everyMember } from './members.ts';
import { reachOf } from './process-facts.ts';

/** How long `greenhub ps` waits for a program, in milliseconds. */
const PATIENCE = 2_000;

/** A prepared program; `info` is null if it does not answer. */
export interface Program {
  readonly pid: number;
  readonly info: ProgramInfo | null;
  /** The processes and threads that it has started, if they were asked for. */
  readonly children: readonly FamilyMember[];
}

/** The prepared programs of this user, by their ids. Removes the sockets of programs that have ended. */
export function programs(): Promise<Program[]> {
  return find(false);
}

/** The same with their children. A process that a program has started is listed with that program only. */
export async function programsWithChildren(): Promise<Program[]> {
  const found = await find(true);
  const members = found.flatMap(({ children }) => everyMember(children)).map(({ member }) => member);
  const started = new Set(members.filter(({ kind }) => kind === 'process').map(({ pid }) => pid));
  return found.filter(({ pid }) => !started.has(pid));
}

async function find(withChildren: boolean): Promise<Program[]> {
  const pids = readFolder()
    .map((name) => Number(/^(\d+)\.sock$/.exec(name)?.[1]))
    .filter((pid) => pid > 0)
    .sort((a, b) => a - b);
  const found = await Promise.all(pids.map((pid) => lookAt(pid, withChildren)));
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

async function lookAt(pid: number, withChildren: boolean): Promise<Program | null> {
  const client = await Client.connect(socketPath(pid), pid);
  if (client === null) {
    if (reachOf(pid) === 'none') rmSync(socketPath(pid), { force: true });
    return null;
  }
  try {
    const info = await client.ask('hello', null, PATIENCE);
    const children = withChildren ? await askMembers(client, 0) : [];
    return { pid, info, children };
  } catch {
    // It may have ended meanwhile.
    return reachOf(pid) === 'none' ? null : { pid, info: null, children: [] };
  } finally {
    client.close();
  }
}
