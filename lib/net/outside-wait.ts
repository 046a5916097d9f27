import type { TimeoutOption } from '../hub/checks.ts';
import { external } from '../hub/external.ts';
import type { Suspension } from '../hub/suspension.ts';
import { TakingSuspension } from '../hub/taking.ts';

/** A wait for the network: what ends it comes from outside the hub, which whoever moves the clock has to know. */
export abstract class OutsideWait<T> extends TakingSuspension<T> {
  private counted: boolean;
  /** What it was ended with, if that was an error. */
  private failure: unknown;

  constructor(options: TimeoutOption | undefined) {
    super(options);
    this.counted = false;
    this.failure = null;
  }

  protected override park(): void {
    this.counted = true;
    external.waits += 1;
    super.park();
  }

  protected override complete(value: T): void {
    this.over();
    super.complete(value);
  }

  protected override fail(error: unknown): void {
    this.over();
    this.failure = error;
    super.fail(error);
  }

  override abort(): void {
    this.over();
    super.abort();
  }

  /** An error that comes out of an event has a stack that tells nothing: it gets that of who waits. */
  override throw(error?: unknown): ReturnType<Suspension<T>['throw']> {
    if (error === this.failure) tellWhereWaited(error);
    this.failure = null;
    return super.throw(error);
  }

  protected override reset(): void {
    super.reset();
    this.counted = false;
    this.failure = null;
  }

  private over(): void {
    if (!this.counted) return;
    this.counted = false;
    external.waits -= 1;
  }
}

/** Errors that have got a stack: several may be told of the same one. */
const told = new WeakSet<Error>();

/** Gives an error the stack of the greenlet that is resumed with it. */
export function tellWhereWaited(error: unknown): void {
  if (!(error instanceof Error) || told.has(error)) return;
  told.add(error);
  const here = { stack: '' };
  Error.captureStackTrace(here, tellWhereWaited);
  // Without the operation's own method.
  const frames = here.stack.split('\n').slice(2);
  if (frames.length > 0) Reflect.set(error, 'stack', `${error.name}: ${error.message}\n${frames.join('\n')}`);
}
