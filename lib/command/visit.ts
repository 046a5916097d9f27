import { checkSocketFolder, socketPath } from '../inspect/socket-folder.ts';
import { attach } from './attach.ts';
import { Client } from './client.ts';
import { CommandError, UsageError } from './errors.ts';
import { parentOf } from './process-facts.ts';
import { type Program, programs, programsWithChildren } from './programs.ts';

/**
 * Connects to a program for as long as `use` takes.
 *
 * @throws CommandError if the program cannot be looked into
 */
export async function visit<T>(pid: number, use: (client: Client) => Promise<T>): Promise<T> {
  const client = (await throughSocket(pid)) ?? (await ofRunner(pid)) ?? (await attach(pid));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Null if the program has no socket. */
async function throughSocket(pid: number): Promise<Client | null> {
  try {
    checkSocketFolder();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CommandError((error as Error).message);
  }
  return await Client.connect(socketPath(pid), pid);
}

/** The program that a `greenhub run` has started, as a shell knows only the id of that. Null if the process is another. */
async function ofRunner(pid: number): Promise<Client | null> {
  // A program that does not answer cannot tell.
  const isOfRunner = ({ pid: each, info }: Program): boolean => (info === null ? parentOf(each) : info.runner) === pid;
  const program = (await programs()).find(isOfRunner);
  return program === undefined ? null : await throughSocket(program.pid);
}

/** Reads the id of a process. @throws UsageError if it is none */
export function pidOf(text: string | undefined): number {
  if (text === undefined) throw new UsageError('name the process: "greenhub ps" lists their ids');
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is not the id of a process`);
  return Number(text);
}

/** Reads the id of a process, or takes the only prepared program if there is no text. @throws CommandError if that is not clear */
export async function programOf(text: string | undefined): Promise<number> {
  if (text !== undefined) return pidOf(text);
  const [first, ...others] = await programsWithChildren();
  if (first === undefined) throw new CommandError('there are no prepared programs: name the process');
  if (others.length === 0) return first.pid;
  throw new CommandError(`name one of the programs: ${[first, ...others].map(({ pid }) => pid).join(', ')}`);
}

/** @throws UsageError if there are more arguments than a command takes */
export function noMore(extra: readonly string[]): void {
  if (extra.length > 0) throw new UsageError(`there is one argument too many: ${JSON.stringify(extra[0])}`);
}
