import type { ResourceLimits } from 'node:worker_threads';
import { startChild } from '../child/start-child.ts';
import { network } from '../network/network.ts';
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
export function workerStarter({ kind, task, ...settings }: WorkerSettings): StartWorker {
  return (name, events) => {
    const watchdog = kind === 'process';
    const child = startChild({ ...settings, kind, task, role: 'pool', name, daemon: true, watchdog });
    child.unref();
    network.onShort(child.id, (message) => events.received(message as Message));
    child.onEnd(({ crash, exitcode, failure = null }) => events.ended(exitcode ?? 1, crash ?? failure));
    return {
      post(message, transfer) {
        network.sendShort(child.id, message, transfer);
      },
      get received() {
        return child.channel.received ?? 0;
      },
      receiveNow: () => child.channel.receiveNow?.() === true,
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
