import type { Coroutine, Operation } from '../../greenlet/operation.ts';
import { action } from '../../hub/parking/action.ts';
import { nameOf } from '../../sync/named.ts';
import type { Child } from '../child/child.ts';
import { startChild } from '../child/start-child.ts';
import { WorkerLostError } from '../errors.ts';
import { type ManagerAddress, removePath } from './address.ts';
import type { ManagerTask } from './run-manager.ts';

/** A server that this thread has started. */
export interface StartedServer {
  readonly child: Child;
  readonly address: ManagerAddress;
}

/**
 * Starts a server.
 *
 * @throws the error of the system if it cannot listen; WorkerLostError if it ends without a word
 */
export function* starting(kind: 'process' | 'thread', task: ManagerTask): Coroutine<StartedServer> {
  const name = nameOf('Manager');
  const child = startChild({ kind, role: 'manager', name, task, daemon: true, watchdog: kind === 'process' });
  child.limitMessages(task.maxMessageBytes);
  let isStarted = false;
  try {
    const address = yield* ready(child);
    isStarted = true;
    child.unref();
    removeAfter(child, address);
    return { child, address };
  } finally {
    if (!isStarted) child.kill();
  }
}

function ready(child: Child): Operation<ManagerAddress> {
  return action<ManagerAddress>(function start(resolve, reject) {
    child.onMessage = ([, address]) => resolve(address as ManagerAddress);
    child.onEnd(({ failure, exitcode }) => {
      reject(failure ?? new WorkerLostError(`${child.name} has ended with exit code ${exitcode}`, exitcode));
    });
  });
}

/** The addresses of the servers of this thread that run. */
const used = new Set<ManagerAddress>();

/** A server that ends by force leaves its folder behind. A thread always does when the process ends. */
function removeAfter(child: Child, address: ManagerAddress): void {
  if (used.size === 0) process.on('exit', removeAll);
  used.add(address);
  child.onEnd(() => {
    used.delete(address);
    if (used.size === 0) process.off('exit', removeAll);
    removePath(address);
  });
}

function removeAll(): void {
  for (const address of used) removePath(address);
}

/** Waits until a child has ended. */
export function ended(child: Child): Operation<void> {
  return action<void>(function end(resolve) {
    child.ref();
    child.onEnd(() => resolve());
  });
}
