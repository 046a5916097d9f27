import type { AddressInfo } from 'node:net';
import { GreenletError } from '../greenlet/errors.ts';
import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedTime, checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { spawn } from '../hub/tasks/greenlet.ts';
import { helper } from '../hub/tasks/helper.ts';
import { AsyncResult } from '../sync/async-result.ts';
import { Event } from '../sync/event.ts';
import { placeText } from './place-text.ts';

export interface ServeForeverOptions {
  /** How long handlers may go on when whoever serves is cancelled, in milliseconds; 1,000 unless given. */
  stopTimeout?: number | undefined;
}

const SERVE_OPTIONS: OptionNames<ServeForeverOptions> = { stopTimeout: 'number' };

const STOP_TIMEOUT = 1_000;

/** How a server, of whatever it serves, is started and stopped, each once: `L` says where it listens. */
export abstract class Lifecycle<L> extends Shown {
  /** What messages call it. */
  name: string;
  private readonly listener: L | undefined;
  private state: 'new' | 'started' | 'stopped' = 'new';
  private readonly listening = new AsyncResult<void>();
  private readonly gone = new Event();

  protected constructor(name: string, listener: L | undefined) {
    super();
    this.name = name;
    this.listener = listener;
  }

  /** @internal */
  [TEXT](): string {
    const serves = this.size === 0 ? null : `serves ${this.size}`;
    return line(this.constructor.name, this.name, this.stateText(), serves);
  }

  /** Where it listens; null while it does not. */
  abstract get address(): AddressInfo | string | null;

  /** How many connections, requests or datagrams it serves now. */
  abstract get size(): number;

  /** Begins to listen, and has `listens()` or `failed()` called when that is decided. What is wrong with `listener` it throws. */
  protected abstract listen(listener: L): void;

  /** Ends what `listen()` has begun, and hangs up on who stands in line. Calls `isGone()` when nothing is left of it. */
  protected abstract stopListening(wasStarted: boolean): void;

  /** Lets handlers finish, kills those that have not when `timeout` is over, and frees what they have left. */
  protected abstract finish(timeout: number): Coroutine<void>;

  /**
   * Starts to listen. Acts at once.
   *
   * @param listener where; what the constructor was given unless given here
   * @returns an operation for "it listens now"
   * @throws Node's own error when it cannot (`code`: EADDRINUSE, EACCES, …), which is reported if nobody waits; GreenletError
   *   when it was started before, TypeError when nobody has said where to listen
   */
  start(listener: L | undefined = this.listener): Operation<void> {
    if (this.state !== 'new') throw new GreenletError(`${this.name} was started already: make a new one`);
    if (listener === undefined) throw new TypeError(`${this.name} was not told where to listen: start({ port, host })`);
    this.listen(listener);
    this.state = 'started';
    const { listening } = this;
    return spawn(
      helper(function* start() {
        yield* listening.get();
      }),
    );
  }

  /**
   * Stops listening and turns away connections and requests that wait for the pool. Handlers that have begun may finish; when
   * the time is up, the others are killed, whether or not anybody waits for the stop.
   *
   * @param options `timeout` in milliseconds: how long the handlers may go on; for ever unless given, and not at all with 0
   * @returns an operation for "all have ended, and all is closed". A handler that waits for it waits for itself
   */
  stop(options?: TimeoutOption): Operation<void> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'server.stop()'));
    const { state } = this;
    if (state !== 'stopped') {
      this.state = 'stopped';
      this.stopListening(state === 'started');
    }
    const stopping = (): Coroutine<void> => this.stopping(timeout);
    return excused(spawn(helper(stopping)).join());
  }

  /**
   * Starts it, unless it was, and waits until it is stopped. Cancelled, it stops the server.
   *
   * @param options `stopTimeout` in milliseconds: how long the handlers may go on then; 1,000 unless given
   * @throws what `start()` throws
   *
   * @example
   * run(() => server.serveForever()); // Ctrl-C stops it
   */
  serveForever(options?: ServeForeverOptions): Operation<void> {
    checkedOptions(options, SERVE_OPTIONS, 'server.serveForever()');
    const timeout = checkedTime(options?.stopTimeout ?? STOP_TIMEOUT, 'stopTimeout');
    return operation(() => this.serving(timeout), 'serveForever()');
  }

  protected get isStopped(): boolean {
    return this.state === 'stopped';
  }

  /** True once it is known whether it listens. */
  protected get isDecided(): boolean {
    return this.listening.ready();
  }

  protected listens(): void {
    if (!this.listening.ready()) this.listening.set();
  }

  /** It cannot listen. */
  protected failed(error: unknown): void {
    this.state = 'stopped';
    this.isGone();
    if (!this.listening.ready()) this.listening.setException(error);
  }

  protected isGone(): void {
    this.gone.set();
  }

  private stateText(): string {
    if (this.state === 'new') return 'not started';
    if (this.state === 'stopped') return this.gone.isSet() ? 'stopped' : 'stopping';
    return this.address === null ? 'about to listen' : `listens at ${placeText(this.address)}`;
  }

  private *serving(timeout: number): Coroutine<void> {
    try {
      if (this.state === 'new') yield* this.start();
      else if (this.state === 'started') yield* this.listening.get();
      yield* this.gone.wait();
    } finally {
      if (!this.gone.isSet()) yield* shield(this.stop({ timeout }));
    }
  }

  private *stopping(timeout: number): Coroutine<void> {
    yield* this.finish(timeout);
    yield* this.gone.wait();
  }
}
