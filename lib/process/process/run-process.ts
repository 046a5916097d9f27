/** The role of a `Process`: runs its target in the child. */
import { spawn } from '../../hub/tasks/spawn.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import { decode, type Encoded, encode } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Place } from '../travel/remote.ts';

export interface ProcessTask {
  readonly place: Place;
  readonly args: Encoded;
}

export async function begin(task: unknown): Promise<void> {
  const { place, args } = task as ProcessTask;
  const target = (await loadTarget(place)) as (...args: unknown[]) => unknown;
  const value = await spawn(target, ...(decode(args) as unknown[]));
  thisChild.tell('value', encode(value, 'result', { toThread: here.kind === 'thread', use: 'result' }));
  await thisChild.end(0);
}
