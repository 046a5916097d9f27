import type { AddressInfo } from 'node:net';
import { GreenletError } from '../greenlet/errors.ts';
import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedTime, checkedTimeout, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { AsyncResult } from '../sync/async-result.ts';
import { Event } from '../sync/event.ts';
import { placeText } from './place-text.ts';

export interface ServeForeverOptions {
  /** How many milliseconds handlers may continue after `serveForever()` is cancelled; 1,000 by default. */
  stopTimeout?: number | undefined;
}

const SERVE_OPTIONS: OptionNames<ServeForeverOptions> = { stopTimeout: 'number' };

const STOP_TIMEOUT = 1_000;

/** Starts and stops a server, each once. `L` is the type that says where it listens. */
export abstract class Lifecycle<L> extends Shown {
  /** Its name in messages. */
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

  /** Where it listens; null while it does not listen. */
  abstract get address(): AddressInfo | string | null;

  /** How many connections, requests or datagrams it serves now. */
  abstract get size(): number;

  /** Begins to listen, and later calls `listens()` or `failed()`. Throws if `listener` is invalid. */
  protected abstract listen(listener: L): void;

  /** Stops listening and drops the jobs that wait for the pool. Calls `isGone()` when the server no longer listens. */
  protected abstract stopListening(wasStarted: boolean): void;

  /** Lets handlers finish, kills those that are left after `timeout`, and frees what they have left behind. */
  protected abstract finish(timeout: number): Coroutine<void>;

  /**
   * Starts to listen. Takes effect at once, even if you do not wait.
   *
   * @param listener where to listen; the constructor's listener by default
   * @returns an operation that ends when the server listens
   * @throws Node's own error if it cannot listen (`code`: EADDRINUSE, EACCES, …), which is reported if no greenlet
   *   waits for the operation; GreenletError if the server was already started; TypeError if no listener was given
   */
  start(listener: L | undefined = this.listener): Operation<void> {
    if (this.state !== 'new') throw new GreenletError(`${this.name} was already started: create a new server`);
    if (listener === undefined)
      throw new TypeError(`${this.name} does not know where to listen: call start({ port, host })`);
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
   * Stops listening and turns away connections and requests that wait for the pool. Handlers that have begun may
   * finish. Handlers that are left after the timeout are killed, even if no greenlet waits for the stop.
   *
   * @param options `timeout` in milliseconds: how long the handlers may continue; unlimited by default, not at all with
   *   0
   * @returns an operation that ends when all handlers have ended and everything is closed. Do not wait for it in a
   *   handler, which would wait for itself
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
   * Starts the server if it is not started, and waits until it is stopped. If the operation is cancelled, it stops the
   * server.
   *
   * @param options `stopTimeout` in milliseconds: how long the handlers may then continue; 1,000 by default
   * @throws the errors of `start()`
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

  /** True once it listens or has failed to. */
  protected get isDecided(): boolean {
    return this.listening.ready();
  }

  protected listens(): void {
    if (!this.listening.ready()) this.listening.set();
  }

  /** Called if the server cannot listen. */
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
