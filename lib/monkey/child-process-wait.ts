import type { ChildProcess } from 'node:child_process';
import { kernel } from '../greenlet/kernel.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { host } from '../hub/loop/host.ts';
import { hub } from '../hub/loop/hub.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { util } from '../net/nodes-modules.ts';
import { OutsideWait } from '../net/outside-wait.ts';
import { safeText } from '../net/safe-text.ts';
import { hasEnded } from './child-process-ending.ts';
import { breakStreams } from './child-process-stdio.ts';

/** How a child process ended: with an exit code, or by a signal. */
export interface ExitStatus {
  /** The exit code; null if a signal ended the process. */
  code: number | null;
  /** The signal that ended the process; null if it exited by itself. */
  signal: NodeJS.Signals | null;
}

/** The errors of children that greenlets could not spawn. */
const failures = new WeakMap<ChildProcess, Error>();

/** Keeps the error of a child for its waiters. If none takes it by the next turn, `hub.handleError` gets it. */
export function keepFailure(child: ChildProcess): void {
  const greenlet = kernel.current;
  const keep = (error: Error): void => {
    if (!isSpawned(child)) failures.set(child, error);
    if (breakStreams(child, error)) taken.add(error);
    // A greenlet is waiting, or the program listens to errors itself.
    if (child.listenerCount('error') > 1) return;
    host.nextTurn(() => {
      if (!taken.has(error)) hub.tell(greenlet, error);
    });
  };
  child.on('error', keep).once('exit', () => child.off('error', keep));
}

const taken = new WeakSet<Error>();

function isSpawned(child: ChildProcess): boolean {
  return child.pid !== undefined;
}

/** Why a child could not be spawned; undefined if it was spawned. */
export function failureOf(child: ChildProcess): Error | undefined {
  if (isSpawned(child)) return undefined;
  const failure = failures.get(child) ?? reconstructed(child);
  if (failure !== undefined) taken.add(failure);
  return failure;
}

/** Recreates the error of a child that was spawned outside greenlets, since its event is over. */
function reconstructed(child: ChildProcess): Error | undefined {
  const { exitCode, spawnfile, spawnargs } = child;
  if (exitCode === null) return undefined;
  const code = util.getSystemErrorName(exitCode);
  const syscall = `spawn ${safeText(spawnfile)}`;
  return Object.assign(new Error(`${syscall} ${code}`), {
    errno: exitCode,
    code,
    syscall,
    path: spawnfile,
    spawnargs: spawnargs.slice(1),
  });
}

export function statusOf(child: ChildProcess): ExitStatus {
  return { code: child.exitCode, signal: child.signalCode };
}

/** The name of a child in messages. */
export function nameOf(child: ChildProcess): string {
  return `${safeText(child.spawnfile)} (${child.pid ?? 'not spawned'})`;
}

/** The waiters of a child. They share one listener for each event. */
class ChildLine {
  private readonly child: ChildProcess;
  private readonly waiters = new WaitQueue<ChildSuspension<unknown>>();
  /** Wakes the waiters whose wait has come to an end. */
  readonly look = (): void => {
    for (const waiter of [...this.waiters]) waiter.tryAgain();
  };
  private readonly fail = (error: Error): void => {
    taken.add(error);
    for (const waiter of [...this.waiters]) waiter.fail(error);
  };

  constructor(child: ChildProcess) {
    this.child = child;
  }

  join(waiter: ChildSuspension<unknown>): void {
    if (this.waiters.first === null) this.child.on('exit', this.look).on('error', this.fail);
    this.waiters.push(waiter);
  }

  leave(waiter: ChildSuspension<unknown>): void {
    if (waiter.queue === null) return;
    this.waiters.remove(waiter);
    if (this.waiters.first === null) this.child.off('exit', this.look).off('error', this.fail);
  }
}

const lines = new WeakMap<ChildProcess, ChildLine>();

/** The line of a child, created on first use. */
export function lineOf(child: ChildProcess): ChildLine {
  let line = lines.get(child);
  if (line === undefined) {
    line = new ChildLine(child);
    lines.set(child, line);
  }
  return line;
}

/** A wait for events of a child. An 'error' event ends it. It takes nothing away from others. */
export abstract class ChildSuspension<T> extends OutsideWait<T> {
  protected readonly child: ChildProcess;

  constructor(child: ChildProcess, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.child = child;
  }

  abstract timedOut(timeout: number): T;

  protected override get canLinger(): boolean {
    return false;
  }

  protected override register(): void {
    super.register();
    lineOf(this.child).join(this);
  }

  protected override complete(value: T): void {
    lineOf(this.child).leave(this);
    super.complete(value);
  }

  /** @internal */
  override fail(error: unknown): void {
    lineOf(this.child).leave(this);
    super.fail(error);
  }

  protected override unregister(): void {
    lineOf(this.child).leave(this);
    super.unregister();
  }
}

/** Waits for the end of a child. */
export class ChildWait extends ChildSuspension<ExitStatus> {
  describe(): string {
    return `the end of ${nameOf(this.child)}`;
  }

  protected override tryNow(): boolean {
    const failure = failureOf(this.child);
    if (failure !== undefined) throw failure;
    if (!hasEnded(this.child)) return false;
    this.value = statusOf(this.child);
    return true;
  }

  timedOut(timeout: number): never {
    throw new Timeout(timeout, `${nameOf(this.child)} did not end within ${timeout} ms`);
  }
}
