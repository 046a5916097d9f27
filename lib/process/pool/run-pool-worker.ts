/** The role of a pool's worker. */
import type { Coroutine } from '../../greenlet/operation.ts';
import { host } from '../../hub/loop/host.ts';
import { until } from '../../hub/parking/until.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import { network } from '../network/network.ts';
import { Polling } from '../network/polling.ts';
import { decode, encodeError, loadFunctions } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Way } from '../travel/shareable.ts';
import { INITIALIZER_FAILED, type Message, READY } from './messages.ts';
import type { WorkerTask } from './start-worker.ts';
import { settled, TaskRunner } from './task-runner.ts';

export async function begin(task: unknown): Promise<void> {
  // A worker without tasks waits for the next.
  host.stayAlive();
  const way: Way = { toThread: here.kind === 'thread', use: 'result' };
  const runner = new TaskRunner({ post: tell, way, isEnding: () => thisChild.isEnding });
  const receive = (message: readonly unknown[]): void => runner.receive(message as Message);
  network.onShort(network.parentId, way.toThread ? polling(receive) : receive);
  try {
    await spawn(initialize, task as WorkerTask);
  } catch (error) {
    // A signal has killed the initializer.
    if (thisChild.isEnding) return;
    const { payload, specials } = encodeError(error, way);
    tell([INITIALIZER_FAILED, payload, specials]);
    return;
  }
  tell([READY]);
}

function tell(message: Message): void {
  network.sendShort(network.parentId, message);
}

/** Handles messages, and looks for the next one after each. */
function polling<M>(receive: (message: M) => void): (message: M) => void {
  const next = new Polling(() => thisChild.receiveNow());
  return (message) => {
    receive(message);
    next.poll(thisChild.received);
  };
}

function* initialize({ initializer, initargs }: WorkerTask): Coroutine<void> {
  if (initializer === null) return;
  const fn = (yield* until(loadTarget(initializer))) as (...args: unknown[]) => unknown;
  const loading = loadFunctions(initargs);
  if (loading !== null) yield* until(loading);
  yield* settled(fn, fn(...(decode(initargs) as unknown[])));
}
