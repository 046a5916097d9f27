import type { Socket as Stream } from 'node:net';
import type { Coroutine } from '../greenlet/operation.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { Handler, StreamServer } from './server.ts';
import { Service } from './service.ts';
import { Socket } from './socket.ts';
import { transportOf } from './transport.ts';

/** One connection of a StreamServer. */
export class ConnectionService extends Service {
  private readonly server: StreamServer;
  private readonly handler: Handler;
  private readonly stream: Stream;

  constructor(server: StreamServer, handler: Handler, stream: Stream) {
    super(handler, server.pool);
    this.server = server;
    this.handler = handler;
    this.stream = stream;
    stream.on('close', () => this.connectionClosed());
  }

  notify(): void {
    if (!this.stream.destroyed) transportOf(this.stream).close('was closed: its handler has ended');
    this.server.ended(this);
  }

  protected *serve(): Coroutine<void> {
    const transport = transportOf(this.stream);
    try {
      yield* callAndSettle(this.handler, new Socket(this.stream));
    } catch (error) {
      // A broken connection that ends the handler is not a failure of the handler.
      if (error !== transport.failure) throw error;
    } finally {
      transport.close('was closed: its handler has ended');
    }
  }

  private connectionClosed(): void {
    if (this.greenlet.dead) return;
    if (this.inLine || transportOf(this.stream).lost) this.hangUp(`the connection to ${this.server.name} was lost`);
  }
}
