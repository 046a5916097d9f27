/** The role of a pool's worker. */
import type { Coroutine } from '../../greenlet/operation.ts';
import { host } from '../../hub/loop/host.ts';
import { until } from '../../hub/parking/until.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import { network } from '../network/network.ts';
import { decode, encodeError, loadFunctions } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Way } from '../travel/shareable.ts';
import { Bell } from './bell.ts';
import { INITIALIZER_FAILED, type Message, READY } from './messages.ts';
import { Polling } from './polling.ts';
import type { WorkerBoot, WorkerTask } from './start-worker.ts';
import { settled, TaskRunner } from './task-runner.ts';

export async function begin(task: unknown): Promise<void> {
  // A worker without tasks waits for the next.
  host.stayAlive();
  const way: Way = { toThread: here.kind === 'thread', use: 'result' };
  const { bells } = task as WorkerBoot;
  const post = bells === null ? tell : ringing(new Bell(bells, 'up'));
  const runner = new TaskRunner({ post, way });
  const receive = (message: readonly unknown[]): void => runner.receive(message as Message);
  network.onShort(network.parentId, bells === null ? receive : polling(receive, bells));
  try {
    await spawn(initialize, task as WorkerTask);
  } catch (error) {
    const { payload, specials } = encodeError(error, way);
    post([INITIALIZER_FAILED, payload, specials]);
    return;
  }
  post([READY]);
}

function tell(message: Message): void {
  network.sendShort(network.parentId, message);
}

function ringing(up: Bell): (message: Message) => void {
  return (message) => {
    tell(message);
    up.ring();
  };
}

/** Handles messages, and looks for the next one after each. */
function polling<M>(receive: (message: M) => void, bells: SharedArrayBuffer): (message: M) => void {
  const down = new Bell(bells, 'down');
  const next = new Polling(() => down.isRung && thisChild.receiveNow());
  return (message) => {
    down.heard();
    receive(message);
    next.poll(down.heardCount);
  };
}

function* initialize({ initializer, initargs }: WorkerTask): Coroutine<void> {
  if (initializer === null) return;
  const fn = (yield* until(loadTarget(initializer))) as (...args: unknown[]) => unknown;
  const loading = loadFunctions(initargs);
  if (loading !== null) yield* until(loading);
  yield* settled(fn, fn(...(decode(initargs) as unknown[])));
}
