import { GreenletExit } from '../../greenlet/errors.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import { shield } from '../../hub/cancellation/shield.ts';
import { stackless } from '../../hub/loop/stackless.ts';
import { action } from '../../hub/parking/action.ts';
import { Greenlet } from '../../hub/tasks/greenlet.ts';
import type { Child } from '../child/child.ts';
import { WorkerLostError } from '../errors.ts';
import { decode, decodeError, type Encoded } from '../travel/encode.ts';
import { addCaller } from '../travel/error-codec.ts';

/** What the role of a `Process` tells its parent before it ends. */
export const outcome = { VALUE: 'value', ERROR: 'error' } as const;

/** The exit codes of processes that have ended as they should, although without a value. They are not reported. */
const QUIET = [0, -2, -15];

/**
 * The greenlet at the parent that ends when a process has ended, with the same outcome. So whatever waits for greenlets can wait
 * for processes. If it is killed, as by `run()` after a signal, it terminates the process first.
 */
export class Supervisor<R> extends Greenlet<R> {
  /** What it is called in reports. */
  readonly noun = 'process';
  private readonly process: { readonly name: string };

  constructor(process: { readonly name: string }) {
    super(supervise);
    this.process = process;
  }

  override get name(): string {
    return this.process.name;
  }

  /** @param startedAt the stack of the call of `start()` */
  supervise(child: Child, startedAt: string): void {
    this.run = () => supervise(this, child, startedAt);
    this.start();
  }
}

function* supervise(supervisor: Supervisor<unknown>, child: Child, startedAt: string): Coroutine<unknown> {
  let told: readonly unknown[] = [];
  child.onMessage = (fields) => {
    told = fields;
  };
  const ended = action<Child>((resolve) => child.onEnd(resolve));
  try {
    yield* ended;
  } catch (error) {
    child.terminate();
    yield* shield(ended);
    if (told.length === 0 && child.failure === undefined) throw error;
  }
  const [what, encoded] = told as [string | undefined, Encoded];
  const title = `${supervisor.name} was started`;
  if (what === outcome.VALUE) return decode(encoded);
  if (what === outcome.ERROR) throw decodeError(encoded, startedAt, title);
  if (child.failure instanceof Error) addCaller(child.failure, title, startedAt);
  if (child.failure !== undefined) throw child.failure;
  const lost = lostError(supervisor.name, child);
  if (lost instanceof GreenletExit || QUIET.includes(child.exitcode as number)) supervisor.taken = true;
  throw lost;
}

function lostError(name: string, { exitcode, stoppedBy, crash }: Child): Error {
  const how = (exitcode as number) < 0 ? `was ended by signal ${-(exitcode as number)}` : `exited with ${exitcode}`;
  if (stoppedBy !== null && (exitcode as number) < 0) {
    return stackless(() => new GreenletExit(`${name} was ended by ${stoppedBy}`));
  }
  const cause = crash === null ? {} : { cause: crash };
  return new WorkerLostError(`${name} ${how} before its target had returned`, exitcode, cause);
}
