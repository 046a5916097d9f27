import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { ShutDown } from '../sync/errors.ts';
import { nameOf } from '../sync/named.ts';
import { Inbox } from './inbox.ts';
import { listen, type Target } from './target.ts';

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
  private readonly inbox = new Inbox<{ data: M } | { error: Error }>();
  private readonly forget: (() => void)[];
  private isClosed = false;

  /** @internal */
  constructor(target: MessageTarget) {
    super();
    this.target = target;
    const unreadable = (): void => this.inbox.push({ error: new Error('a message of the port cannot be read here') });
    this.forget = [
      listen<{ data: M }>(target, 'message', ({ data }) => this.inbox.push({ data })),
      listen(target, 'messageerror', unreadable),
      // Only for workers: the program of the worker cannot be loaded, or has thrown an error that nobody caught.
      listen<{ message?: string }>(target, 'error', ({ message = 'unknown' }) =>
        this.inbox.push({ error: new Error(`the worker has failed: ${message}`) }),
      ),
      // Only ports of newer browsers and of Node tell that the other side has gone.
      listen(target, 'close', () => this.end()),
    ];
    target.start?.();
  }

  /** @internal */
  [TEXT](): string {
    return line('Port', this.name, this.isClosed ? 'closed' : 'open');
  }

  /**
   * Sends a message. It never waits.
   *
   * @param message what structured cloning can copy
   * @param transfer objects to move instead of copying them
   * @throws ShutDown after `close()`; the host's `DataCloneError` if the message cannot be copied
   */
  send(message: unknown, transfer: readonly object[] = []): void {
    if (this.isClosed) throw this.closedError();
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
    return this.inbox.take(
      messageOf<M>,
      () => {
        throw this.closedError();
      },
      'recv()',
    );
  }

  /** The messages until the port is closed. Leaving the loop does not close it. */
  messages(): Iteration<M> {
    return new Iteration(() =>
      this.inbox.take<IteratorResult<M, undefined>>(
        (arrived) => ({ done: false, value: messageOf(arrived) }),
        () => ({ done: true, value: undefined }),
        'next()',
      ),
    );
  }

  /** Stops listening, and closes the port or ends the worker. Messages that have arrived can still be taken. */
  close(): void {
    this.end();
    if (this.target.terminate !== undefined) this.target.terminate();
    else this.target.close?.();
  }

  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const forget of this.forget) forget();
    this.inbox.close();
  }

  private closedError(): ShutDown {
    return new ShutDown(`${this.name} is closed`);
  }
}

function messageOf<M>(arrived: { data: M } | { error: Error }): M {
  if ('error' in arrived) throw arrived.error;
  return arrived.data;
}
