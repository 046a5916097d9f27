import type { ResourceLimits } from 'node:worker_threads';
import { startChild } from '../child/start-child.ts';
import { code, network } from '../network/network.ts';
import type { Encoded } from '../travel/encode.ts';
import type { Place } from '../travel/remote.ts';
import type { Message } from './messages.ts';
import type { StartWorker } from './pool-worker.ts';

/** What a worker does before its first task. */
export interface WorkerTask {
  readonly initializer: Place | null;
  readonly initargs: Encoded;
}

export interface WorkerSettings {
  readonly kind: 'process' | 'thread';
  readonly task: WorkerTask;
  readonly resourceLimits?: ResourceLimits | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
}

/** Returns what starts a worker. Workers are daemons, and keep no program alive. */
export function workerStarter(settings: WorkerSettings): StartWorker {
  return (name, events) => {
    const child = startChild({ ...settings, role: 'pool', name, daemon: true, watchdog: settings.kind === 'process' });
    child.unref();
    child.onMessage = (fields) => events.received(fields as Message);
    child.onEnd(({ crash, exitcode }) => events.ended(exitcode ?? 1, crash));
    return {
      post: (message, transfer) => void network.send(child.id, code.PROCESS, message, transfer),
      terminate(grace) {
        // Its end is waited for.
        child.ref();
        child.terminate(grace);
      },
      kill() {
        child.ref();
        child.kill();
      },
    };
  };
}
