import { host } from '../../hub/loop/host.ts';
import { onLoopEmpty } from '../../hub/loop/host-process.ts';
import { hub } from '../../hub/loop/hub.ts';
import { ENDS_WITH } from '../../hub/tasks/ends-with.ts';
import { type Child, GRACE } from '../child/child.ts';
import { isMainProcess } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import type { Process } from './process.ts';

/** The living processes that this one has started. */
const alive = new Map<Process, Child>();
/** The daemons that keep the event loop alive although they are daemons, because a greenlet waits for their end. */
let held: Child[] = [];
let isWatching = false;

/** The processes and threads that this one has started as `Process`, and that are alive. */
export function activeChildren(): Process[] {
  return [...alive.keys()];
}

/** Notes a process that was just started. */
export function noteStarted(process: Process, child: Child): void {
  alive.set(process, child);
  child.onEnd(() => alive.delete(process));
  if (!process.daemon) return;
  child.unref();
  if (!isWatching) watchEnd();
  isWatching = true;
}

// A child that ends by itself waits for the processes that are no daemons. Those that are have ended with its greenlets.
thisChild.awaited = () => activeChildren().flatMap((process) => (process.daemon ? [] : [process[ENDS_WITH]]));

/**
 * Ends the daemons when this process ends. If it is the program itself, that is when its event loop is empty: all other processes
 * have ended then.
 */
function watchEnd(): void {
  process.on('exit', endNow);
  if (!isMainProcess) return;
  onLoopEmpty(holdAwaited);
  hub.afterDrain.add(() => {
    for (const child of held.splice(0)) child.unref();
  });
  process.on('beforeExit', () => {
    for (const [daemon, child] of daemons()) {
      child.ref();
      daemon.terminate();
    }
  });
}

function daemons(): [Process, Child][] {
  return [...alive].filter(([process]) => process.daemon);
}

/** The event loop is empty. It goes on if a greenlet waits for the end of a daemon. */
function holdAwaited(): boolean {
  const blockers = new Set<unknown>();
  for (const { waiting } of hub.living()) for (const blocker of waiting?.blockers() ?? []) blockers.add(blocker);
  held = daemons().flatMap(([daemon, child]) => (blockers.has(daemon[ENDS_WITH]) ? [child] : []));
  for (const child of held) child.ref();
  return held.length > 0;
}

/** `process.exit()` was called, or an error has ended the program. Nothing can be waited for any more but by blocking. */
function endNow(): void {
  const left = daemons().map(([, child]) => child);
  for (const child of left) child.terminate();
  const deadline = host.now() + GRACE;
  while (left.some((child) => !child.hasClosed()) && host.now() < deadline) pause();
  for (const child of left) child.kill();
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
