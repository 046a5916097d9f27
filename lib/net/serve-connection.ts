import type { Socket as Stream } from 'node:net';
import { isA } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { SocketClosedError } from './errors.ts';
import { Service } from './service.ts';
import { type Transport, transportOf } from './transport.ts';

type AnyHandler = (...args: unknown[]) => unknown;

/**
 * Runs a handler in a greenlet for a connection of any of Node's servers. When the handler has ended, the connection is
 * closed, unless something else reads it by then. If the network breaks the connection, the handler is killed.
 *
 * @param args the arguments of the handler; by default the connection itself
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
    // Without a read, Node does not report that the peer has disconnected.
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
      // A broken or closed connection that ends the handler is not a failure of the handler.
      const isOfTheConnection = error === transport.failure || (isA(error, SocketClosedError) && transport.closed);
      if (!isOfTheConnection) throw error;
    }
  }
}
