/**
 * The state that greenhub keeps for a datagram socket: datagrams that have arrived, the receiver, the senders, and an
 * error that was not reported yet. `DatagramSocket` and the patched socket of Node both use it.
 *
 *     socket ─message─▶ held ─▶ the receiver          senders ─▶ socket
 *                 │
 *                 └─▶ dropped if there is no room
 *
 * Node cannot leave datagrams in the kernel, so this buffer holds them. If it is full, it drops the newest datagram, as
 * the kernel would.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import type { Taking } from '../hub/parking/taking.ts';
import { Deque } from '../sync/deque.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';

/** One datagram, whole. */
export interface Datagram {
  readonly data: Buffer;
  /** The sender, as reported by Node: `address`, `port`, `family`, and `size`, which is that of `data`. */
  readonly remote: RemoteInfo;
}

/** A greenlet that waits until the kernel has taken its datagram. */
export interface DatagramSender extends Waiter {
  refuse(error: unknown): void;
}

/** How many bytes are held by default: somewhat more than Linux does. */
const BUFFER_SIZE = 256 * 1024;
/** How many bytes each datagram counts besides its data, so that the number of empty ones is bounded too. */
const OVERHEAD = 256;

export class DatagramEndpoint {
  readonly socket: Socket;
  /** Its name in messages. */
  readonly name = nameOf('DatagramSocket');
  /** At most one. */
  readonly receivers = new WaitQueue<Taking>();
  readonly senders = new WaitQueue<DatagramSender>();
  /** How many datagrams were dropped for lack of room. */
  dropped = 0;
  /** How many bytes may be held. One datagram always has room. */
  bufferSize = BUFFER_SIZE;
  private readonly held = new Deque<Datagram>();
  private bytes = 0;
  /** An error that was not reported yet, or null. */
  private failure: Error | null = null;
  private closedBecause: string | null = null;
  private gone: boolean;
  private keeping = false;
  private listening = false;
  private takingErrors = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.gone = isClosed(socket);
    socket.on('close', () => {
      this.gone = true;
      this.wakeAll(this.isClosed());
    });
  }

  get closed(): boolean {
    return this.gone || this.closedBecause !== null;
  }

  /** From the first call on, holds datagrams that arrive while the program does not listen to 'message' itself. */
  keep(): void {
    if (this.keeping) return;
    this.keeping = true;
    this.socket.on('message', (data, remote) => {
      if (this.listening || this.socket.listenerCount('message') === 1) this.arrived({ data, remote });
    });
  }

  /** From the first call on, holds all datagrams that arrive. */
  listen(): void {
    this.listening = true;
    this.keep();
  }

  /** From the first call on, reports errors of the socket to its receiver and senders. */
  takeErrors(): void {
    if (this.takingErrors) return;
    this.takingErrors = true;
    this.socket.on('error', (error) => this.failed(error));
  }

  /** @throws SocketClosedError if it was closed */
  checkOpen(): void {
    if (this.closed) throw this.isClosed();
  }

  /** Removes and returns the error that was not reported yet, or null. */
  takeFailure(): Error | null {
    const { failure } = this;
    this.failure = null;
    return failure;
  }

  /** Removes and returns the oldest datagram, or null. */
  take(): Datagram | null {
    if (this.held.size === 0) return null;
    const datagram = this.held.take();
    this.bytes -= cost(datagram);
    return datagram;
  }

  /** Closes it, drops the datagrams that it holds, and wakes all waiters. */
  close(because: string): void {
    if (this.closed) return;
    this.closedBecause = because;
    this.held.clear();
    this.bytes = 0;
    this.wakeAll(this.isClosed());
    this.socket.close();
  }

  private arrived(datagram: Datagram): void {
    if (this.closed) return;
    const bytes = this.bytes + cost(datagram);
    if (bytes > this.bufferSize && this.held.size > 0) {
      this.dropped += 1;
      return;
    }
    this.held.add(datagram);
    this.bytes = bytes;
    this.serveReceiver();
  }

  private failed(error: Error): void {
    // If a socket cannot be bound, Node silently forgets the datagrams that it was to send.
    const inVain = this.senders.first !== null && !isBound(this.socket);
    if (inVain) this.refuseSenders(error);
    if (inVain && this.receivers.head() === null) return;
    this.failure = error;
    this.serveReceiver();
  }

  private serveReceiver(): void {
    const receiver = this.receivers.shift();
    if (receiver !== null && !receiver.tryAgain()) this.receivers.push(receiver);
  }

  private wakeAll(error: unknown): void {
    this.serveReceiver();
    this.refuseSenders(error);
  }

  private refuseSenders(error: unknown): void {
    for (let sender = this.senders.shift(); sender !== null; sender = this.senders.shift()) sender.refuse(error);
  }

  private isClosed(): SocketClosedError {
    return new SocketClosedError(`${this.name} ${this.closedBecause ?? 'was closed'}`);
  }
}

function cost({ data }: Datagram): number {
  return data.length + OVERHEAD;
}

/** Node has no property for this. Its `address()` throws different errors. */
function isClosed(socket: Socket): boolean {
  try {
    socket.address();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_SOCKET_DGRAM_NOT_RUNNING';
  }
}

/** A socket whose `bind()` has failed may have an address, but no port. */
export function isBound(socket: Socket): boolean {
  try {
    return socket.address().port !== 0;
  } catch {
    return false;
  }
}

const endpoints = new WeakMap<Socket, DatagramEndpoint>();

/** Holds the datagrams of a socket for later receives, unless the program listens to them itself. */
export function keepDatagrams(socket: Socket): void {
  if (socket.listenerCount('message') === 0) made(socket).keep();
}

/** The endpoint of a socket, created on first use. From then on, its receivers and senders get the socket's errors. */
export function endpointOf(socket: Socket): DatagramEndpoint {
  const endpoint = made(socket);
  endpoint.takeErrors();
  return endpoint;
}

function made(socket: Socket): DatagramEndpoint {
  let endpoint = endpoints.get(socket);
  if (endpoint === undefined) {
    endpoint = new DatagramEndpoint(socket);
    endpoints.set(socket, endpoint);
  }
  return endpoint;
}
