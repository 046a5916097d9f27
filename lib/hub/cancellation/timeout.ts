/// <reference lib="esnext.disposable" preserve="true" />
import { describe } from '../../greenlet/describe.ts';
import { GreenletError, nameInstances } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { INSPECT, shown, TEXT, type Telling, titled } from '../../greenlet/shown.ts';
import { checkedTime } from '../checks/checks.ts';
import { kindOf } from '../checks/kind-of.ts';
import { hub } from '../loop/hub.ts';
import { stackless } from '../loop/stackless.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { tellWhereRaised } from '../parking/where-raised.ts';
import type { CancelScope } from './cancel-scope.ts';
import { raiseOnce, takeBackOnce } from './cancellation.ts';

/** How many Timeout objects were started so far. */
let starts = 0;
/** For each error that a Timeout object has raised: the place of that object in the order of starting. */
const raised = new WeakMap<object, number>();

/** Returns a mark for `raisedFromBefore()`. Timeout objects that are started from now on are after it. */
export function markTimeouts(): number {
  return starts;
}

/** True for an error raised by a Timeout object that was started before the mark. */
export function raisedFromBefore(error: unknown, mark: number): boolean {
  return typeof error === 'object' && error !== null && (raised.get(error) ?? Infinity) <= mark;
}

/**
 * A deadline for the greenlet that starts it. When the time is up, it is raised once in that greenlet: where the greenlet is
 * suspended, or at its next suspension. `withTimeout()` throws an error of this class too, and so does a blocking call whose
 * `{ timeout }` runs out, unless it has a value for that case.
 *
 * Close a Timeout in a `finally`, or declare it with `using`. A Timeout that is left running fires later, whatever its greenlet
 * does then. `withTimeout()` cannot be left running, and no `catch` can swallow it. You can start a Timeout again after it has
 * fired or was cancelled, but not after it was closed.
 *
 * @example
 * using timeout = Timeout.startNew(5_000);
 * const line = yield* lines.get();
 */
export class Timeout extends Error implements Waiter, Telling {
  declare name: string;

  static {
    nameInstances(Timeout, 'Timeout');
  }

  /** Milliseconds. */
  readonly ms: number;
  /** @internal */
  queue: Waiting | null;
  /** @internal */
  before: Waiter | null;
  /** @internal */
  after: Waiter | null;
  private readonly error: unknown;
  /** The greenlet it interrupts, from `start()` until it fires. */
  private greenlet: RawGreenlet | null;
  /** The greenlet it has fired in. The error may still wait for that greenlet's next suspension. */
  private fired: RawGreenlet | null;
  /** The cancel scope in which it raises. */
  private within: CancelScope | null;
  /** @internal The greenlet that has set it. */
  setter: RawGreenlet | null;
  /** @internal The name of the `withTimeout()` body whose time it is; null for a Timeout object. */
  body: string | null;
  private closed: boolean;
  /** Its place in the order of starting. */
  private order: number;

  /**
   * @param ms milliseconds until it fires; with Infinity it never fires
   * @param error an error to raise instead of the Timeout itself, or a text for the Timeout's message
   * @throws RangeError for NaN and negative times; TypeError for any other `error`
   */
  constructor(ms: number, error?: Error | string) {
    checkedTime(ms, 'the time of a Timeout');
    // An error of another realm is no instance of our Error.
    const isError = typeof error === 'object' && error !== null;
    if (!isError && error !== undefined && typeof error !== 'string') throw notToBeRaised(error);
    super(typeof error === 'string' ? error : messageOf(ms));
    this.ms = ms;
    this.queue = null;
    this.before = null;
    this.after = null;
    this.error = isError ? error : this;
    this.greenlet = null;
    this.fired = null;
    this.within = null;
    this.setter = null;
    this.body = null;
    this.closed = false;
    this.order = 0;
  }

  /** Creates a Timeout and starts it. */
  static startNew(ms: number, error?: Error | string): Timeout {
    const timeout = stackless(() => new Timeout(ms, error));
    timeout.start();
    return timeout;
  }

  /**
   * Names the `withTimeout()` or Timeout object whose time is up, and its greenlet. Undefined for a Timeout that was never
   * started, and for the Timeout of a blocking call, whose message says what was waited for.
   */
  get scope(): string | undefined {
    if (this.setter === null) return undefined;
    const what = this.body === null ? `Timeout(${this.ms})` : `withTimeout(${this.ms}, ${this.body})`;
    return `${what} in ${this.setter.name}`;
  }

  /** The stack where the greenlet that set it was spawned, if `getHub().captureSpawnSites` was on. */
  get spawnSite(): string | undefined {
    return (this.setter as { spawnSite?: string } | null)?.spawnSite;
  }

  /** True from `start()` until it has fired or was stopped. */
  get pending(): boolean {
    return this.greenlet !== null;
  }

  /**
   * Starts it in the running greenlet.
   *
   * @throws GreenletError if it is pending or closed, and outside greenlets, where nothing can be raised
   */
  start(): void {
    if (this.greenlet !== null) {
      throw new GreenletError(
        `this Timeout of ${this.ms} ms is already pending: cancel() it before you start it again`,
      );
    }
    if (this.closed) throw new GreenletError(`this Timeout of ${this.ms} ms was closed: make a new one`);
    const greenlet = kernel.current;
    if (greenlet === kernel.main) {
      throw new GreenletError('a Timeout interrupts the greenlet that starts it: outside greenlets, use { timeout }');
    }
    starts += 1;
    this.order = starts;
    this.greenlet = greenlet;
    this.fired = null;
    this.within = greenlet.scope as CancelScope | null;
    this.setter = greenlet;
    if (this.ms === Infinity) return;
    hub.timers.start(this, this.ms);
    hub.schedule();
  }

  /** Stops it. You can start it again. Does nothing if it is not pending. */
  cancel(): void {
    if (this.queue !== null) hub.timers.stop(this);
    if (this.fired !== null) takeBackOnce(this.fired, this.error);
    this.greenlet = null;
    this.fired = null;
    this.within = null;
  }

  /** Stops it for good. */
  close(): void {
    this.cancel();
    this.closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Its time is up. */
  notify(): void {
    const { greenlet, within } = this;
    this.greenlet = null;
    this.fired = greenlet;
    this.within = null;
    raised.set(this.error as object, this.order);
    if (this.error === this) tellWhereRaised(this);
    if (greenlet === null || greenlet.dead) return;
    kernel.observer?.timedOut(greenlet);
    raiseOnce(greenlet, within, this.error);
  }

  /** One line for reports: the message, and the greenlet that it would interrupt. */
  override toString(): string {
    return shown(this);
  }

  /** The same line. */
  toJSON(): string {
    return shown(this);
  }

  /** What `console.log()` prints: the same line, or the stack if it was thrown. */
  [INSPECT](): string {
    return this.isToBeStarted ? shown(this) : (this.stack ?? shown(this));
  }

  /** @internal */
  [TEXT](): string {
    const { greenlet, message, ms, name } = this;
    if (greenlet !== null) return `${name}: ${message} (pending in ${describe(greenlet)})`;
    if (!this.isToBeStarted) return `${name}: ${message}`;
    return titled(`Timeout of ${ms} ms`, this.order === 0 ? 'not started' : 'stopped');
  }

  /** False once it has fired, and for a Timeout that the library has created, which has a message of its own. */
  private get isToBeStarted(): boolean {
    if (this.greenlet !== null) return true;
    return this.order === 0 ? this.message === messageOf(this.ms) : !raised.has(this.error as object);
  }
}

/** Creates the error of a `withTimeout()` whose time is up. */
export function timeoutOfScope(ms: number, setter: RawGreenlet, body: string): Timeout {
  const message = `timed out after ${ms} ms: withTimeout(${ms}, ${body}) in ${setter.name}`;
  const timeout = stackless(() => new Timeout(ms, message));
  tellWhereRaised(timeout);
  timeout.setter = setter;
  timeout.body = body;
  return timeout;
}

function notToBeRaised(value: unknown): TypeError {
  return new TypeError(
    `a Timeout raises an error, or itself with a text as its message, not ${kindOf(value)}: to go on silently, use withTimeout() with timeoutValue`,
  );
}

function messageOf(ms: number): string {
  return `timed out after ${ms} ms`;
}
