import { type EventEmitter, errorMonitor } from 'node:events';
import type { Server, Socket as Stream } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';
import { transportOf } from './transport.ts';

/** How many connections are kept that nobody accepts: as many as a kernel keeps of itself. */
const LONGEST = 511;

/** The connections of a server that nobody has accepted yet, and who waits to accept one. */
class AcceptLine {
  readonly name: string;
  /** In the order in which they came. */
  private readonly connections = new Set<Stream>();
  readonly acceptors = new WaitQueue<Accepting>();
  /** Why nobody can be accepted; null while somebody can, or might be once it listens. */
  refusal: Error | null = null;

  constructor(server: Server) {
    this.name = nameOf('Server');
    // Node tells of the end of a server when its last connection has ended, and one that nobody has accepted never does.
    const { close } = server;
    server.close = (callback) => {
      close.call(server, callback);
      this.close();
      return server;
    };
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

  /** The connection that has waited longest, which is the caller's from now on; undefined when there is none. */
  take(): Stream | undefined {
    const [stream] = this.connections;
    if (stream !== undefined) this.connections.delete(stream);
    return stream;
  }

  /** Hangs up on who was not accepted, and wakes who waits. */
  private close(): void {
    for (const stream of this.connections) stream.destroy();
    this.connections.clear();
    this.refuse(new SocketClosedError(`${this.name} was closed`));
  }

  private refuse(error: Error): void {
    this.refusal = error;
    this.serve();
  }

  private arrived(server: Server, stream: Stream): void {
    // A program that listens itself takes all but what somebody waits for here.
    if (server.listenerCount(connectionEventOf(server)) > 1 && this.acceptors.first === null) return;
    if (this.connections.size >= LONGEST) {
      stream.destroy();
      return;
    }
    // Until it is accepted, nobody else listens to its errors.
    transportOf(stream).watch();
    this.connections.add(stream);
    stream.once('close', () => this.connections.delete(stream));
    this.serve();
  }

  private serve(): void {
    while (this.connections.size > 0 || this.refusal !== null) {
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
function acceptLineOf(server: Server): AcceptLine {
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

/** `accept()` of any server of Node's. */
export function accept(server: Server, options?: TimeoutOption): Operation<Stream> {
  return new Accepting(server, checkedOptions(options, TIMEOUT, 'server.accept()'));
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

  protected override get canLinger(): boolean {
    return false;
  }

  protected tryNow(): boolean {
    const { server } = this;
    const line = acceptLineOf(server);
    const stream = line.take();
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
