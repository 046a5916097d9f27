import { GreenletExit } from '../../greenlet/errors.ts';
import { type Coroutine, excused, type Operation } from '../../greenlet/operation.ts';
import { stackless } from '../../hub/loop/stackless.ts';
import { actionOf } from '../../hub/parking/action.ts';
import { Greenlet } from '../../hub/tasks/greenlet.ts';
import type { KillOptions } from '../../hub/tasks/kill-options.ts';
import type { Child } from '../child/child.ts';
import { WorkerLostError } from '../errors.ts';
import { decodeError, type Encoded } from '../travel/encode.ts';
import { addCaller } from '../travel/error-codec.ts';
import { decodeLoaded } from '../travel/loaded.ts';

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
  private child: Child | null = null;
  private reason: unknown = null;

  constructor(process: { readonly name: string }) {
    super(supervise);
    this.process = process;
  }

  override get name(): string {
    return this.process.name;
  }

  /** @param startedAt the stack of the call of `start()` */
  supervise(child: Child, startedAt: string): void {
    this.child = child;
    // At once: on a busy hub the child may have ended before this greenlet runs for the first time.
    const told: unknown[] = [];
    child.onMessage = (fields) => told.push(...fields);
    this.run = () => supervise(this, child, told, startedAt);
    this.start();
  }

  /** Terminates the process. Raises nothing here, because this greenlet ends with the process. */
  override kill(options?: KillOptions): Operation<void> {
    const joined = excused(this.join(options?.timeout === undefined ? undefined : { timeout: options.timeout }));
    if (this.child?.isAlive !== true) return joined;
    this.reason ??= options?.reason ?? stackless(() => new GreenletExit(`${this.name} was terminated`));
    this.child.terminate();
    return joined;
  }

  /** @internal The error of a process that has ended without an outcome. */
  lostError(child: Child): unknown {
    if (this.reason !== null) return this.reason;
    const { exitcode, stoppedBy, crash } = child as Child & { exitcode: number };
    if (stoppedBy !== null && exitcode < 0) {
      return stackless(() => new GreenletExit(`${this.name} was ended by ${stoppedBy}`));
    }
    if (QUIET.includes(exitcode)) this.taken = true;
    const how = exitcode < 0 ? `was ended by signal ${-exitcode}` : `exited with ${exitcode}`;
    const cause = crash === null ? {} : { cause: crash };
    return new WorkerLostError(`${this.name} ${how} before its target had returned`, exitcode, cause);
  }
}

/** @param told what the role has said before its end: an outcome, or nothing */
function* supervise(
  supervisor: Supervisor<unknown>,
  child: Child,
  told: readonly unknown[],
  startedAt: string,
): Coroutine<unknown> {
  yield* actionOf<Child>(`the end of ${supervisor.name}`, (resolve) => child.onEnd(resolve));
  const [what, encoded] = told as [string | undefined, Encoded];
  const title = `${supervisor.name} was started`;
  if (what === outcome.VALUE) return yield* decodeLoaded(encoded);
  if (what === outcome.ERROR) throw decodeError(encoded, startedAt, title);
  if (child.failure === undefined) throw supervisor.lostError(child);
  if (child.failure instanceof Error) addCaller(child.failure, title, startedAt);
  throw child.failure;
}
