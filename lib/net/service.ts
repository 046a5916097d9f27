import type { Socket as Stream } from 'node:net';
import { GreenletExit } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { callAndSettle } from '../hub/body.ts';
import type { Greenlet } from '../hub/greenlet.ts';
import type { Waiter, Waiting } from '../hub/wait-queue.ts';
import type { StreamServer } from './server.ts';
import { Socket } from './socket.ts';
import { transportOf } from './transport.ts';

/** One connection of a server, with the greenlet that serves it: neither outlives the other. */
export class Service implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly greenlet: Greenlet;
  /** True until the pool has a slot for it. */
  inLine = true;
  private readonly server: StreamServer;
  private readonly stream: Stream;

  constructor(server: StreamServer, stream: Stream) {
    this.server = server;
    this.stream = stream;
    const serve = (): Coroutine<void> => this.serve();
    this.greenlet = server.pool.spawn(serve) as Greenlet;
    this.greenlet.name = `${server.handler.name || 'handler'}-${this.greenlet.id}`;
    this.inLine = !this.greenlet.started;
    this.greenlet.watch(this);
    stream.on('close', () => this.connectionClosed());
  }

  /** The greenlet has ended, in whatever way: it may not have run at all. */
  notify(): void {
    if (!this.stream.destroyed) transportOf(this.stream).close('was closed: its handler has ended');
    this.server.ended(this);
  }

  hangUp(): void {
    const { name } = this.server;
    this.greenlet.kill({ reason: new GreenletExit(`the connection to ${name} was lost, or it was stopped`) });
  }

  private *serve(): Coroutine<void> {
    this.inLine = false;
    const transport = transportOf(this.stream);
    try {
      yield* callAndSettle(this.server.handler, new Socket(this.stream));
    } catch (error) {
      // That the connection broke is no failure of the handler, which has ended of it.
      if (error !== transport.failure) throw error;
    } finally {
      transport.close('was closed: its handler has ended');
    }
  }

  private connectionClosed(): void {
    if (this.greenlet.dead) return;
    if (this.inLine || transportOf(this.stream).lost) this.hangUp();
  }
}
