/** The role of a pool's worker. */
import type { Coroutine } from '../../greenlet/operation.ts';
import { until } from '../../hub/parking/until.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import { decode, encodeError, loadFunctions } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Way } from '../travel/shareable.ts';
import { INITIALIZER_FAILED, type Message, READY } from './messages.ts';
import type { WorkerTask } from './start-worker.ts';
import { settled, TaskRunner } from './task-runner.ts';

/** Longer than any program runs. */
const FOREVER = 2 ** 31 - 1;

export async function begin(task: unknown): Promise<void> {
  // A worker without tasks waits for the next.
  setInterval(() => {}, FOREVER);
  const way: Way = { toThread: here.kind === 'thread', use: 'result' };
  const runner = new TaskRunner({ post: (message) => thisChild.tell(...message), way });
  thisChild.onMessage = (fields) => runner.receive(fields as Message);
  try {
    await spawn(initialize, task as WorkerTask);
  } catch (error) {
    const { payload, specials } = encodeError(error, way);
    thisChild.tell(INITIALIZER_FAILED, payload, specials);
    return;
  }
  thisChild.tell(READY);
}

function* initialize({ initializer, initargs }: WorkerTask): Coroutine<void> {
  if (initializer === null) return;
  const fn = (yield* until(loadTarget(initializer))) as (...args: unknown[]) => unknown;
  const loading = loadFunctions(initargs);
  if (loading !== null) yield* until(loading);
  yield* settled(fn, fn(...(decode(initargs) as unknown[])));
}
