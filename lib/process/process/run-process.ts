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
import { ownProcess, Process } from './process.ts';
import { outcome } from './supervisor.ts';

/** What the child has to run. */
export interface ProcessTask {
  /** The target, or the subclass that is run without one. */
  readonly place: Place;
  /** The subclass whose `run()` is called instead of the target; null if there is none. */
  readonly subclass: Place | null;
  readonly args: Encoded;
}

export async function begin(task: unknown): Promise<void> {
  const { place, subclass, args } = task as ProcessTask;
  const way: Way = { toThread: here.kind === 'thread', use: 'result' };
  const target = await loadTarget(subclass ?? place);
  await loadFunctions(args);
  const { name, daemon, kind } = here;
  const options: ProcessOptions = { target: place, args: decode(args) as unknown[], name, daemon, kind };
  const process = ownProcess(isProcessClass(target) ? target : Process, options);
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
    // A signal ends a child by killing its greenlets, so its reason is no error. Without a signal there is no reason, but a target may
    // throw null.
    if ((signal === 0 || error !== reason) && !thisChild.isEnding)
      thisChild.tell(outcome.ERROR, encodeError(error, way));
  }
  await thisChild.end(signal === 0 ? exitcode : 128 + signal, signal);
}

function isProcessClass(target: unknown): target is new (options: ProcessOptions) => Process {
  return typeof target === 'function' && target.prototype instanceof Process;
}
