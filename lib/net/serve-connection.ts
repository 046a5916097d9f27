import type { Socket as Stream } from 'node:net';
import { isA } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { SocketClosedError } from './errors.ts';
import { Service } from './service.ts';
import { type Transport, transportOf } from './transport.ts';

type AnyHandler = (...args: unknown[]) => unknown;

/**
 * Runs a handler for a connection of any server of Node's in a greenlet. The connection is closed when it has ended, unless
 * something else reads it by then; and the handler is killed when the network breaks the connection.
 *
 * @param args what the handler gets; the connection itself unless given
 */
export function serveConnection(handler: AnyHandler, stream: Stream, args: unknown[] = [stream]): void {
  new ListenerService(handler, stream, args);
}

class ListenerService extends Service {
  private readonly handler: AnyHandler;
  private readonly args: unknown[];
  private readonly transport: Transport;
  /** True when the handler has returned and something else reads the connection. */
  private isHandedOn = false;

  constructor(handler: AnyHandler, stream: Stream, args: unknown[]) {
    super(handler, null);
    this.handler = handler;
    this.args = args;
    this.transport = transportOf(stream);
    // Who does not read is not told that the peer has gone.
    this.transport.watch();
    stream.read(0);
    stream.on('close', () => {
      if (this.transport.failure !== null && !this.greenlet.dead) this.hangUp(`${this.transport.name} was lost`);
    });
  }

  notify(): void {
    if (!this.isHandedOn) this.transport.closeWhenSent('was closed: its handler has ended');
  }

  protected *serve(): Coroutine<void> {
    const { transport } = this;
    try {
      yield* callAndSettle(this.handler, ...this.args);
      this.isHandedOn = transport.reads.isTakenOver;
    } catch (error) {
      // That the connection broke, or was cut, is no failure of the handler, which has ended of it.
      const isOfTheConnection = error === transport.failure || (isA(error, SocketClosedError) && transport.closed);
      if (!isOfTheConnection) throw error;
    }
  }
}
