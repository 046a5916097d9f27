import type { ChildProcess } from 'node:child_process';
import { setImmediate } from 'node:timers';
import { getSystemErrorName } from 'node:util';
import { kernel } from '../greenlet/kernel.ts';
import type { TimeoutOption } from '../hub/checks.ts';
import { getHub } from '../hub/hub.ts';
import { Timeout } from '../hub/timeout.ts';
import { OutsideWait } from '../net/outside-wait.ts';
import { hasEnded } from './child-process-ending.ts';

/** How a child process ended: with an exit code, or by a signal. */
export interface ExitStatus {
  /** Null when a signal ended it. */
  code: number | null;
  /** Null when it exited by itself. */
  signal: NodeJS.Signals | null;
}

/** What went wrong with children that greenlets have spawned. */
const failures = new WeakMap<ChildProcess, Error>();

/** Keeps what a child fails with for who waits for it. If nobody takes it by the next turn, `hub.handleError` gets it. */
export function keepFailure(child: ChildProcess): void {
  const greenlet = kernel.current;
  const keep = (error: Error): void => {
    if (!isSpawned(child)) failures.set(child, error);
    // Somebody waits, or the program looks after errors itself.
    if (child.listenerCount('error') > 1) return;
    setImmediate(() => {
      if (!taken.has(error)) getHub().handleError(greenlet, error);
    });
  };
  child.on('error', keep).once('exit', () => child.off('error', keep));
}

const taken = new WeakSet<Error>();

function isSpawned(child: ChildProcess): boolean {
  return child.pid !== undefined;
}

/** What a child could not be spawned for; undefined when it was. */
export function failureOf(child: ChildProcess): Error | undefined {
  if (isSpawned(child)) return undefined;
  const failure = failures.get(child) ?? reconstructed(child);
  if (failure !== undefined) taken.add(failure);
  return failure;
}

/** The error of one that was spawned outside greenlets, whose event is over. */
function reconstructed(child: ChildProcess): Error | undefined {
  const { exitCode, spawnfile, spawnargs } = child;
  if (exitCode === null) return undefined;
  const code = getSystemErrorName(exitCode);
  const syscall = `spawn ${spawnfile}`;
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

/** What messages call a child. */
export function nameOf(child: ChildProcess): string {
  return `${child.spawnfile} (${child.pid ?? 'not spawned'})`;
}

/** A wait for something that a child's events tell of. */
export abstract class ChildSuspension<T> extends OutsideWait<T> {
  protected readonly child: ChildProcess;
  private stopListening: (() => void) | null = null;

  constructor(child: ChildProcess, options: TimeoutOption | undefined) {
    super(options);
    this.child = child;
  }

  override get holds(): boolean {
    return false;
  }

  protected enqueue(): void {
    const look = (): void => void this.retry();
    const fail = (error: Error): void => {
      taken.add(error);
      this.fail(error);
    };
    const { child } = this;
    child.on('error', fail);
    this.stopListening = () => child.off('error', fail);
    try {
      const stop = this.listen(look);
      this.stopListening = () => {
        child.off('error', fail);
        stop();
      };
    } catch (error) {
      this.fail(error);
    }
  }

  /** Has `look` called whenever it may be over; gives what takes that back. */
  protected abstract listen(look: () => void): () => void;

  protected override complete(value: T): void {
    this.stop();
    super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.stop();
    super.fail(error);
  }

  override abort(): void {
    this.stop();
    super.abort();
  }

  protected override reset(): void {
    super.reset();
    this.stopListening = null;
  }

  private stop(): void {
    const { stopListening } = this;
    this.stopListening = null;
    stopListening?.();
  }
}

/** The end of a child. */
export class ChildWait extends ChildSuspension<ExitStatus> {
  describe(): string {
    return `the end of ${nameOf(this.child)}`;
  }

  protected tryNow(): boolean {
    const failure = failureOf(this.child);
    if (failure !== undefined) throw failure;
    if (!hasEnded(this.child)) return false;
    this.value = statusOf(this.child);
    return true;
  }

  protected listen(look: () => void): () => void {
    this.child.on('exit', look);
    return () => this.child.off('exit', look);
  }

  protected timedOut(timeout: number): never {
    throw new Timeout(timeout, `${nameOf(this.child)} has not ended within ${timeout} ms`);
  }
}
