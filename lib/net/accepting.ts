import { type EventEmitter, errorMonitor } from 'node:events';
import type { Server, Socket as Stream } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks.ts';
import { Timeout } from '../hub/timeout.ts';
import { WaitQueue } from '../hub/wait-queue.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';
import { transportOf } from './transport.ts';

/** The connections of a server that nobody has accepted yet, and who waits to accept one. */
export class AcceptLine {
  readonly name: string;
  readonly connections: Stream[] = [];
  readonly acceptors = new WaitQueue<Accepting>();
  /** Why nobody can be accepted; null while somebody can, or might be once it listens. */
  refusal: Error | null = null;

  constructor(server: Server) {
    this.name = nameOf('Server');
    server
      .on(connectionEventOf(server), (stream: Stream) => this.arrived(server, stream))
      .on('listening', () => {
        this.refusal = null;
      })
      .on('close', () => this.close());
    (server as EventEmitter).on(errorMonitor, (error: Error) => {
      if (!server.listening) this.refuse(error);
    });
  }

  /** Hangs up on who was not accepted, and wakes who waits. */
  close(): void {
    for (const stream of this.connections.splice(0)) stream.destroy();
    this.refuse(new SocketClosedError(`${this.name} was closed`));
  }

  private refuse(error: Error): void {
    this.refusal = error;
    this.serve();
  }

  private arrived(server: Server, stream: Stream): void {
    // A program that listens itself takes all but what somebody waits for here.
    if (server.listenerCount(connectionEventOf(server)) > 1 && this.acceptors.first === null) return;
    // Until it is accepted, nobody else listens to its errors.
    transportOf(stream).watch();
    this.connections.push(stream);
    stream.once('close', () => {
      const index = this.connections.indexOf(stream);
      if (index >= 0) this.connections.splice(index, 1);
    });
    this.serve();
  }

  private serve(): void {
    while (this.connections.length > 0 || this.refusal !== null) {
      const acceptor = this.acceptors.shift();
      if (acceptor === null) return;
      acceptor.retry();
    }
  }
}

/** The event that tells of a connection when it is ready to be used. */
export function connectionEventOf(server: Server): 'connection' | 'secureConnection' {
  return server instanceof TlsServer ? 'secureConnection' : 'connection';
}

const lines = new WeakMap<Server, AcceptLine>();

/** The line of a server, which is there once somebody has asked for it. */
export function acceptLineOf(server: Server): AcceptLine {
  let line = lines.get(server);
  if (line === undefined) {
    line = new AcceptLine(server);
    lines.set(server, line);
  }
  return line;
}

/** Has connections kept for whoever accepts them, if nobody else looks after them. */
export function keepConnections(server: Server): void {
  if (server.listenerCount(connectionEventOf(server)) === 0) acceptLineOf(server);
}

/** Tells who waits that a server was closed: Node does not before the last connection has ended. */
export function stopAccepting(server: Server): void {
  lines.get(server)?.close();
}

/** `accept()` of any server of Node's. */
export function accept(server: Server, options?: TimeoutOption): Operation<Stream> {
  return new Accepting(server, options);
}

class Accepting extends OutsideWait<Stream> {
  private readonly server: Server;

  constructor(server: Server, options: TimeoutOption | undefined) {
    super(options);
    this.server = server;
  }

  describe(): string {
    return `a connection to ${acceptLineOf(this.server).name}`;
  }

  protected tryNow(): boolean {
    const { server } = this;
    const line = acceptLineOf(server);
    const stream = line.connections.shift();
    if (stream !== undefined) this.value = stream;
    else if (line.refusal !== null) throw line.refusal;
    else return false;
    return true;
  }

  protected enqueue(): void {
    acceptLineOf(this.server).acceptors.push(this);
  }

  protected timedOut(timeout: number): Stream {
    throw new Timeout(timeout, `${this.describe()} did not come within ${timeout} ms`);
  }
}
