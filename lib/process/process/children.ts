import type { Child } from '../child/child.ts';
import type { Process } from './process.ts';

const alive = new Set<Process>();

/** The processes and threads that this one has started as `Process`, and that are alive. */
export function activeChildren(): Process[] {
  return [...alive];
}

export function noteStarted(process: Process, child: Child): void {
  alive.add(process);
  child.onEnd(() => alive.delete(process));
}
