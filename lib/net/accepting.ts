import { type EventEmitter, errorMonitor } from 'node:events';
import type { Server, Socket as Stream } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { standInLine } from '../hub/parking/taking.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import { tls } from './nodes-modules.ts';
import { OutsideWait } from './outside-wait.ts';
import { transportOf } from './transport.ts';

/** How many connections a server keeps for `accept()`: the usual limit of a kernel's backlog. */
const LONGEST = 511;

/** The connections of a server that were not accepted yet, and the greenlets waiting to accept one. */
class AcceptLine {
  readonly name: string;
  /** In order of arrival. */
  private readonly connections = new Set<Stream>();
  readonly acceptors = new WaitQueue<Accepting>();
  /** Why `accept()` fails; null if it can succeed now or once the server listens. */
  refusal: Error | null = null;

  constructor(server: Server) {
    this.name = nameOf('Server');
    // Node emits 'close' when the last connection has ended, but a connection that is never accepted never ends.
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

  /** Removes and returns the oldest connection. Returns undefined if there is none. */
  take(): Stream | undefined {
    const [stream] = this.connections;
    if (stream !== undefined) this.connections.delete(stream);
    return stream;
  }

  /** Closes the connections that were not accepted, and wakes all acceptors. */
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
    // If the program listens to the event itself, keep a connection only for an acceptor that is waiting.
    if (server.listenerCount(connectionEventOf(server)) > 1 && this.acceptors.head() === null) return;
    if (this.connections.size >= LONGEST) {
      stream.destroy();
      return;
    }
    // Until it is accepted, nothing else listens to its errors.
    transportOf(stream).watch();
    this.connections.add(stream);
    stream.once('close', () => this.connections.delete(stream));
    this.serve();
  }

  private serve(): void {
    while (this.connections.size > 0 || this.refusal !== null) {
      const acceptor = this.acceptors.shift();
      if (acceptor === null) return;
      acceptor.tryAgain();
    }
  }
}

/** The event of a server when a connection is ready to use. */
export function connectionEventOf(server: Server): 'connection' | 'secureConnection' {
  return server instanceof tls().Server ? 'secureConnection' : 'connection';
}

const lines = new WeakMap<Server, AcceptLine>();

/** The line of a server, created on first use. */
function acceptLineOf(server: Server): AcceptLine {
  let line = lines.get(server);
  if (line === undefined) {
    line = new AcceptLine(server);
    lines.set(server, line);
  }
  return line;
}

/** Keeps the connections of a server for `accept()`, unless the program listens to them itself. */
export function keepConnections(server: Server): void {
  if (server.listenerCount(connectionEventOf(server)) === 0) acceptLineOf(server);
}

/** `accept()` for any of Node's servers. */
export function accept(server: Server, options?: TimeoutOption): Operation<Stream> {
  return new Accepting(server, checkedOptions(options, TIMEOUT, 'server.accept()'));
}

class Accepting extends OutsideWait<Stream> {
  private readonly server: Server;

  constructor(server: Server, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.server = server;
  }

  /** @internal It takes a connection. */
  override get mayHold(): true {
    return true;
  }

  describe(): string {
    return `a connection to ${acceptLineOf(this.server).name}`;
  }

  protected override get canLinger(): boolean {
    return false;
  }

  protected override tryNow(): boolean {
    const { server } = this;
    const line = acceptLineOf(server);
    const stream = line.take();
    if (stream !== undefined) this.value = stream;
    else if (line.refusal !== null) throw line.refusal;
    else return false;
    return true;
  }

  protected override register(): void {
    super.register();
    standInLine(this, acceptLineOf(this.server).acceptors);
  }

  timedOut(timeout: number): Stream {
    throw new Timeout(timeout, `${this.describe()} did not arrive within ${timeout} ms`);
  }
}
