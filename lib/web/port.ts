import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import type { Iteration } from '../hub/tasks/iteration.ts';
import { ShutDown } from '../sync/errors.ts';
import { nameOf } from '../sync/named.ts';
import { Inbox } from './inbox.ts';
import { listenAll, type Target } from './target.ts';

/** What sends messages and gets them: a `MessagePort`, a `Worker`, a `BroadcastChannel`, or `self` in a worker. */
export interface MessageTarget extends Target {
  postMessage(...args: never[]): void;
  start?(): void;
  close?(): void;
  terminate?(): void;
}

/**
 * Gives greenlets the messages of a port, a worker or a `BroadcastChannel`. It listens from this call on, and keeps the messages
 * that nobody has taken yet.
 *
 * @param port a `MessagePort`, a `Worker`, a `BroadcastChannel`, or `self` in a worker
 * @returns the port's messages, and `send()`
 * @throws TypeError if it cannot send or listen
 *
 * @example
 * const port = openPort(new Worker('./search.js'));
 * port.send({ query: 'coroutine' });
 * const answer = yield* port.recv();
 */
export function openPort<M = unknown>(port: MessageTarget): Port<M> {
  if (typeof port?.postMessage !== 'function' || typeof port.addEventListener !== 'function') {
    throw new TypeError(`openPort() takes a MessagePort, a Worker or a BroadcastChannel, not ${kindOf(port)}`);
  }
  return new Port(port);
}

/** The messages of a port, from `openPort()`. */
export class Port<M = unknown> extends Shown {
  /** Its name in messages. */
  name = nameOf('Port');
  private readonly target: MessageTarget;
  private readonly inbox = new Inbox<M>();
  private readonly forget: () => void;

  /** @internal */
  constructor(target: MessageTarget) {
    super();
    this.target = target;
    const { inbox } = this;
    this.forget = listenAll(target, {
      message: ({ data }: { data: M }) => inbox.push(data),
      messageerror: () => inbox.fail(new Error('a message of the port cannot be read here')),
      // Only for workers: the program of the worker cannot be loaded, or has thrown an error that nobody caught.
      error: ({ message = 'unknown' }: { message?: string }) =>
        inbox.fail(new Error(`the worker has failed: ${message}`)),
      // Only ports of newer browsers and of Node tell that the other side has gone.
      close: () => this.end(),
    });
    target.start?.();
  }

  /** @internal */
  [TEXT](): string {
    return line('Port', this.name, this.inbox.isClosed ? 'closed' : 'open');
  }

  /**
   * Sends a message. It never waits.
   *
   * @param message what structured cloning can copy
   * @param transfer objects to move instead of copying them
   * @throws ShutDown after `close()`; the host's `DataCloneError` if the message cannot be copied
   */
  send(message: unknown, transfer: readonly object[] = []): void {
    if (this.inbox.isClosed) throw this.closedError();
    (this.target as { postMessage(message: unknown, transfer: readonly object[]): void }).postMessage(
      message,
      transfer,
    );
  }

  /**
   * Waits for the next message. Messages that arrive earlier are kept, in order.
   *
   * @throws ShutDown if the port is closed and all messages were taken; Error if a message cannot be read, or if the worker has
   *   failed
   */
  recv(): Operation<M> {
    return this.inbox.recv(() => this.closedError());
  }

  /** The messages until the port is closed. Leaving the loop does not close it. */
  messages(): Iteration<M> {
    return this.inbox.items();
  }

  /** Stops listening, and closes the port or ends the worker. Messages that have arrived can still be taken. */
  close(): void {
    this.end();
    if (this.target.terminate !== undefined) this.target.terminate();
    else this.target.close?.();
  }

  private end(): void {
    this.forget();
    this.inbox.close();
  }

  private closedError(): ShutDown {
    return new ShutDown(`${this.name} is closed`);
  }
}
