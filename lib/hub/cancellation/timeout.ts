/// <reference lib="esnext.disposable" preserve="true" />
import { describe } from '../../greenlet/describe.ts';
import { GreenletError, nameInstances } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { INSPECT, line, shown, TEXT, type Telling } from '../../greenlet/shown.ts';
import { checkedTime } from '../checks/checks.ts';
import { getHub } from '../loop/hub.ts';
import { stackless } from '../loop/stackless.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';
import { tellWhereRaised } from '../parking/where-raised.ts';
import type { CancelScope } from './cancel-scope.ts';
import { raiseOnce, takeBackOnce } from './cancellation.ts';

const hub = getHub();

/** How many were started so far. */
let starts = 0;
/** Which of them in that order have raised, by what they raised. */
const raised = new WeakMap<object, number>();

/** Tells those that are started from now on from those that run already: gives a mark for `raisedFromBefore()`. */
export function markTimeouts(): number {
  return starts;
}

/** True for what a Timeout object has raised that was started before the mark. */
export function raisedFromBefore(error: unknown, mark: number): boolean {
  return typeof error === 'object' && error !== null && (raised.get(error) ?? Infinity) <= mark;
}

/**
 * Raises in the greenlet that started it when its time is up, once: at the point where the greenlet is suspended, or
 * at its next suspension. It is also the error that a `withTimeout` throws, and that a blocking call throws whose
 * `{ timeout }` has run out where the call has no value to say so.
 *
 * One that fired or was cancelled may be started again, one that was closed not. Left running, it fires later in
 * whatever its greenlet does then: close it in a `finally`, or declare it with `using`. Or use `withTimeout()`, which
 * cannot leak and cannot be swallowed.
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
  /** Whom it interrupts, from `start()` until it fires. */
  private greenlet: RawGreenlet | null;
  /** In whom it fired, which may not have come to a suspension yet. */
  private fired: RawGreenlet | null;
  /** The cancel scope in which it raises. */
  private within: CancelScope | null;
  /** Who has set it. */
  private setter: RawGreenlet | null;
  /** What it is the time of, if that is a body of `withTimeout()`. */
  private body: string | null;
  private closed: boolean;
  /** Its place in the order of starting. */
  private order: number;

  /**
   * @param ms milliseconds until it fires; Infinity never does
   * @param error raised instead of the Timeout itself: an error, or a text for its message
   * @throws RangeError for NaN and negative times
   */
  constructor(ms: number, error?: Error | string) {
    checkedTime(ms, 'the time of a Timeout');
    super(typeof error === 'string' ? error : messageOf(ms));
    this.ms = ms;
    this.queue = null;
    this.before = null;
    this.after = null;
    this.error = error instanceof Error ? error : this;
    this.greenlet = null;
    this.fired = null;
    this.within = null;
    this.setter = null;
    this.body = null;
    this.closed = false;
    this.order = 0;
  }

  /** Makes one and starts it. */
  static startNew(ms: number, error?: Error | string): Timeout {
    const timeout = stackless(() => new Timeout(ms, error));
    timeout.start();
    return timeout;
  }

  /** @internal The error of a `withTimeout()` whose time is up. */
  static ofScope(ms: number, setter: RawGreenlet, body: string): Timeout {
    const message = `timed out after ${ms} ms: withTimeout(${ms}, ${body}) in ${setter.name}`;
    const timeout = stackless(() => new Timeout(ms, message));
    tellWhereRaised(timeout);
    timeout.setter = setter;
    timeout.body = body;
    return timeout;
  }

  /**
   * Whose time is up: the `withTimeout()` or the Timeout object that set it, with its greenlet. Undefined for one that was
   * never started, and for that of a blocking call, whose message names what was waited for.
   */
  get scope(): string | undefined {
    if (this.setter === null) return undefined;
    const what = this.body === null ? `Timeout(${this.ms})` : `withTimeout(${this.ms}, ${this.body})`;
    return `${what} in ${this.setter.name}`;
  }

  /** Where the greenlet that set it was spawned, if `getHub().captureSpawnSites` was on. */
  get spawnSite(): string | undefined {
    return (this.setter as { spawnSite?: string } | null)?.spawnSite;
  }

  /** True from `start()` until it has raised or was stopped. */
  get pending(): boolean {
    return this.greenlet !== null;
  }

  /** @throws GreenletError when it is pending or closed, and outside greenlets, where nothing can be raised */
  start(): void {
    if (this.greenlet !== null) {
      throw new GreenletError(
        `this Timeout of ${this.ms} ms is already pending: cancel() it before it is started again`,
      );
    }
    if (this.closed) throw new GreenletError(`this Timeout of ${this.ms} ms was closed: make a new one`);
    const greenlet = kernel.current;
    if (greenlet === kernel.main) {
      throw new GreenletError('a Timeout is started in the greenlet that it is to interrupt: use { timeout } outside');
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

  /** Stops it; it can be started again. Does nothing when it is not pending. */
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
    if (greenlet !== null && !greenlet.dead) raiseOnce(greenlet, within, this.error);
  }

  /** Whom it would interrupt, for reports. */
  override toString(): string {
    return shown(this);
  }

  /** The same line, without its fields. */
  toJSON(): string {
    return shown(this);
  }

  /** What `console.log()` prints: the same line, or the stack if it was thrown, without the hub's fields. */
  [INSPECT](): string {
    return this.isToBeStarted ? shown(this) : (this.stack ?? shown(this));
  }

  /** @internal */
  [TEXT](): string {
    const { greenlet, message, ms, name } = this;
    if (greenlet !== null) return `${name}: ${message} (pending in ${describe(greenlet)})`;
    if (!this.isToBeStarted) return `${name}: ${message}`;
    return line('Timeout', `of ${ms} ms`, this.order === 0 ? 'not started' : 'stopped');
  }

  /** False once it has raised, and for a timeout of the library's own, which has a message. */
  private get isToBeStarted(): boolean {
    if (this.greenlet !== null) return true;
    return this.order === 0 ? this.message === messageOf(this.ms) : !raised.has(this.error as object);
  }
}

function messageOf(ms: number): string {
  return `timed out after ${ms} ms`;
}
