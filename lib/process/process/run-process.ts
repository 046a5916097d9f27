/** The role of a `Process`: runs its target in the child. */
import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';
import { decode, type Encoded, encode, encodeError, loadFunctions } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Place } from '../travel/remote.ts';
import type { Way } from '../travel/shareable.ts';
import type { ProcessOptions } from './options.ts';
import { Process } from './process.ts';
import { outcome } from './supervisor.ts';

/** What the child has to run. */
export interface ProcessTask {
  readonly place: Place;
  readonly args: Encoded;
}

export async function begin(task: unknown): Promise<void> {
  const { place, args } = task as ProcessTask;
  const way: Way = { toThread: here.kind === 'thread', use: 'result' };
  const target = await loadTarget(place);
  await loadFunctions(args);
  const process = processOf(target, place, decode(args) as unknown[]);
  const main = spawn(() => process.run());
  main.name = here.name;
  let signal = 0;
  let reason: unknown = null;
  thisChild.onStop = (stop) => {
    ({ signal, reason } = stop);
    main.kill({ reason });
  };
  let exitcode = 0;
  try {
    thisChild.tell(outcome.VALUE, encode(await main, 'result', way));
    exitcode = Number(globalThis.process.exitCode ?? 0);
  } catch (error) {
    if (!isA(error, GreenletExit)) exitcode = 1;
    // Whoever has ended this child killed its greenlets, too.
    if (error !== reason && !thisChild.isEnding) thisChild.tell(outcome.ERROR, encodeError(error, way));
  }
  await thisChild.end(signal === 0 ? exitcode : 128 + signal, signal);
}

/** The process as its own child sees it: one of the subclass that is the target, or one with the target. */
function processOf(target: unknown, place: Place, args: unknown[]): Process {
  const options: ProcessOptions = { args, name: here.name, daemon: here.daemon, kind: here.kind };
  if (isProcessClass(target)) return new target(options);
  return new Process({ ...options, target: place });
}

function isProcessClass(target: unknown): target is new (options: ProcessOptions) => Process {
  return typeof target === 'function' && target.prototype instanceof Process;
}
