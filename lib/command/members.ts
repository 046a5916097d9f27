import type { FamilyMember } from '../inspect/family.ts';
import type { Client } from './client.ts';

/** How long to wait for the processes that a program has started, in milliseconds. */
const PATIENCE = 5_000;

/**
 * Asks a program what runs in the processes and threads that it has started.
 *
 * @param limit the largest number of greenlets of each to describe
 */
export async function askMembers(client: Client, limit: number): Promise<readonly FamilyMember[]> {
  return await client.ask('family', { limit, patience: PATIENCE });
}

/** The processes and threads that a program has started, and theirs, each behind the one that has started it. */
export function everyMember(members: readonly FamilyMember[], depth = 1): { member: FamilyMember; depth: number }[] {
  return members.flatMap((member) => [{ member, depth }, ...everyMember(member.children, depth + 1)]);
}

/** `Worker, process 4712` or `Worker, thread of process 4711`. */
export function memberTitle({ name, kind, pid }: FamilyMember): string {
  return kind === 'process' ? `${name}, process ${pid}` : `${name}, thread of process ${pid}`;
}
