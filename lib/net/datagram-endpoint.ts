/**
 * What greenhub keeps of a datagram socket: the datagrams that have arrived and that nobody has taken, who receives, who
 * sends, and what went wrong meanwhile. All that receives and sends works on this, whatever a program holds in its hands.
 *
 *     socket ─message─▶ held ─▶ the receiver          senders ─▶ socket
 *                 │
 *                 └─▶ dropped, when there is no room
 *
 * Node cannot be told to leave datagrams with the kernel, so they are held here, and what has no room is dropped as the
 * kernel would drop it: the newest.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import type { TakingSuspension } from '../hub/parking/taking.ts';
import { Deque } from '../sync/deque.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';

/** One datagram, whole. */
export interface Datagram {
  readonly data: Buffer;
  /** Who sent it, as Node tells it: `address`, `port`, `family`, and `size`, which is that of `data`. */
  readonly remote: RemoteInfo;
}

/** Somebody who waits until the kernel has taken his datagram. */
export interface DatagramSender extends Waiter {
  refuse(error: unknown): void;
}

/** Bytes that are held, unless a program says otherwise: some more than Linux does. */
const BUFFER_SIZE = 256 * 1024;
/** What a datagram costs besides its data, so that empty ones are bounded too. */
const OVERHEAD = 256;

export class DatagramEndpoint {
  readonly socket: Socket;
  /** What messages call it. */
  readonly name = nameOf('DatagramSocket');
  /** One at the most. */
  readonly receivers = new WaitQueue<TakingSuspension<unknown>>();
  readonly senders = new WaitQueue<DatagramSender>();
  /** Datagrams that there was no room for. */
  dropped = 0;
  /** Bytes that may be held; one datagram may always be. */
  bufferSize = BUFFER_SIZE;
  private readonly held = new Deque<Datagram>();
  private bytes = 0;
  /** What went wrong and was not told yet; null for nothing. */
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

  /** Holds what arrives, from the first call on, for somebody who may ask for it, as long as the program does not listen itself. */
  keep(): void {
    if (this.keeping) return;
    this.keeping = true;
    this.socket.on('message', (data, remote) => {
      if (this.listening || this.socket.listenerCount('message') === 1) this.arrived({ data, remote });
    });
  }

  /** Holds what arrives, from the first call on. */
  listen(): void {
    this.listening = true;
    this.keep();
  }

  /** Tells its errors to who receives or sends, from the first call on. */
  takeErrors(): void {
    if (this.takingErrors) return;
    this.takingErrors = true;
    this.socket.on('error', (error) => this.failed(error));
  }

  /** @throws SocketClosedError when it was closed */
  checkOpen(): void {
    if (this.closed) throw this.isClosed();
  }

  /** Takes what went wrong and was not told yet; null for nothing. */
  takeFailure(): Error | null {
    const { failure } = this;
    this.failure = null;
    return failure;
  }

  /** Takes the datagram that came first, or null. */
  take(): Datagram | null {
    if (this.held.size === 0) return null;
    const datagram = this.held.take();
    this.bytes -= cost(datagram);
    return datagram;
  }

  /** Closes it, with what has arrived, and wakes all who wait. */
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
    // One that could not be bound forgets, without a word, what it was to send then.
    const inVain = this.senders.first !== null && !isBound(this.socket);
    if (inVain) this.refuseSenders(error);
    if (inVain && this.receivers.first === null) return;
    this.failure = error;
    this.serveReceiver();
  }

  private serveReceiver(): void {
    const receiver = this.receivers.shift();
    if (receiver !== null && !receiver.retry()) this.receivers.push(receiver);
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

/** Node has no property that tells; its `address()` throws in different ways. */
function isClosed(socket: Socket): boolean {
  try {
    socket.address();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_SOCKET_DGRAM_NOT_RUNNING';
  }
}

/** One whose `bind()` has failed may have an address, but no port. */
export function isBound(socket: Socket): boolean {
  try {
    return socket.address().port !== 0;
  } catch {
    return false;
  }
}

const endpoints = new WeakMap<Socket, DatagramEndpoint>();

/** Has what arrives at a socket held for greenlets that may ask for it, unless the program listens to it. */
export function keepDatagrams(socket: Socket): void {
  if (socket.listenerCount('message') === 0) made(socket).keep();
}

/** The endpoint of a socket, made at the first call, from which on its errors are told to who receives or sends. */
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
