import type { Socket } from 'node:dgram';
import type { Server } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { type Attempt, Opening } from './opening.ts';

/**
 * Waits until a server listens or a datagram socket is bound, after `listen()` or `bind()`. If the wait is cancelled,
 * it closes the server or socket.
 *
 * @throws Node's own error if that fails: EADDRINUSE, EACCES, …
 */
export function listening<L extends Server | Socket>(listener: L): Operation<L> {
  return new Listening(listener);
}

class Listening<L extends Server | Socket> extends Opening<L> {
  private readonly listener: L;
  private failedItself = false;

  constructor(listener: L) {
    super();
    this.listener = listener;
  }

  describe(): string {
    return `a ${this.listener.constructor.name} to listen`;
  }

  protected open(opened: (listener: L) => void, failed: (error: unknown) => void): Attempt {
    const { listener } = this;
    const over = (): void => void listener.off('listening', done).off('error', fail).off('close', closed);
    const done = (): void => {
      over();
      opened(listener);
    };
    const fail = (error: unknown): void => {
      this.failedItself = true;
      over();
      failed(error);
    };
    const closed = (): void => fail(new Error(`${this.describe()}: it was closed first`));
    if (isListening(listener)) opened(listener);
    else listener.on('listening', done).on('error', fail).on('close', closed);
    return { discard: over };
  }

  /** Also called if the greenlet was killed before it could wait. */
  protected override cancelled(): void {
    super.cancelled();
    // After a failure the program may try to listen elsewhere.
    if (this.failedItself) return;
    const { listener } = this;
    if (!('listening' in listener)) closeDatagrams(listener);
    else if (listener.listening) listener.close();
    else listener.once('listening', () => listener.close()).on('error', () => {});
  }

  protected override reset(): void {
    super.reset();
    this.failedItself = false;
  }
}

function closeDatagrams(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // It was already closed. That error must not replace the reason of the cancellation.
  }
}

function isListening(listener: Server | Socket): boolean {
  if ('listening' in listener) return listener.listening;
  try {
    // There is no other way: `address()` throws if the socket is not bound, and has no port if binding failed.
    return listener.address().port !== 0;
  } catch {
    return false;
  }
}
