import { fileURLToPath } from 'node:url';
import { isMainThread, workerData } from 'node:worker_threads';
import { bootstrapUrl } from './bootstrap-url.ts';
import { PORT } from './connection.ts';

/** A process or thread, as others see it. */
export interface Identity {
  readonly name: string;
  readonly pid: number;
}

/** What this process or thread is. */
export interface Here {
  name: string;
  kind: 'process' | 'thread';
  daemon: boolean;
  /** What it runs; null in a program that this library has not started. */
  role: string | null;
  /** How many processes and threads of this library are above it. */
  depth: number;
  /** Null in a program that this library has not started. */
  parent: Identity | null;
}

export const here: Here = {
  name: 'MainProcess',
  kind: isMainThread ? 'process' : 'thread',
  daemon: false,
  role: null,
  depth: 0,
  parent: null,
};

/** True in a process or thread of ours, even before it has received what it is: modules of `--import` run earlier. */
const isChild = isMainThread ? process.argv[1] === fileURLToPath(bootstrapUrl) : PORT in Object(workerData);

/**
 * False in the processes and threads that `greenhub/process` has started. Each of them imports the module of its target, whose
 * top-level code must not start them again.
 *
 * @example
 * if (isMainProcess) await run(main);
 */
export let isMainProcess = !isChild;

/** Called once, before any code of the program runs. */
export function becomeChild(identity: Here): void {
  isMainProcess = false;
  const { name, kind, daemon, role, depth, parent } = identity;
  Object.assign(here, { name, kind, daemon, role, depth, parent });
}
