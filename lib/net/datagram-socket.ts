import { createSocket, type SocketOptions, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, checkedOwnOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { type Destination, optionsAfter, recv, recvfrom, send, sendto } from './datagram.ts';
import { type Datagram, type DatagramEndpoint, endpointOf } from './datagram-endpoint.ts';
import { type Attempt, Opening } from './opening.ts';

import { placeText } from './place-text.ts';

import { shown } from './shown.ts';

/** What both kinds of datagram sockets take besides: Node's own options for `dgram.createSocket()`. */
export interface DatagramOptions extends Omit<SocketOptions, 'type' | 'signal'> {
  /** `udp4` unless given, or `udp6` where the host is an IPv6 address. */
  type?: 'udp4' | 'udp6' | undefined;
  /**
   * Bytes of datagrams that are held until somebody takes them, each counted with 256 more; 262,144 unless given. What
   * comes when there is no room is dropped. One datagram always has room.
   */
  bufferSize?: number | undefined;
}

const DATAGRAM_OPTIONS: OptionNames<DatagramOptions> = {
  type: 'string',
  bufferSize: 'number',
  reuseAddr: 'boolean',
  ipv6Only: 'boolean',
  recvBufferSize: 'number',
  sendBufferSize: 'number',
  lookup: 'function',
};

/** Where to receive. */
export interface BindDatagramOptions extends DatagramOptions {
  /** A free one unless given. */
  port?: number | undefined;
  /** A name or address of this host; all of its addresses unless given. */
  host?: string | undefined;
  /** Node's: whether the workers of a cluster are not to share the port. */
  exclusive?: boolean | undefined;
}

const BIND_OPTIONS: OptionNames<BindDatagramOptions> = {
  port: 'number',
  host: 'string',
  exclusive: 'boolean',
  ...DATAGRAM_OPTIONS,
};

/** Whom to exchange datagrams with. */
export interface ConnectDatagramOptions extends DatagramOptions {
  port: number;
  /** A name or address; this host unless given. */
  host?: string | undefined;
}

const CONNECT_OPTIONS: OptionNames<ConnectDatagramOptions> = { port: 'number', host: 'string', ...DATAGRAM_OPTIONS };

/**
 * A UDP socket. What blocks is an operation: `yield*` it in a greenlet, `await` it elsewhere.
 *
 * A datagram arrives whole or not at all, and more than once or in another order than it was sent in, as UDP has it. Of
 * what has arrived here nothing is lost between two receives: one that is killed, that times out or that loses a `race()`
 * has taken nothing. What nobody takes is held up to `bufferSize` bytes; what comes then is dropped, and counted.
 *
 * What goes wrong meanwhile (ECONNREFUSED, say, when nobody listens where a connected socket sends to) is thrown once, by
 * the receive that waits or else by the next receive, or the next `send()` to the connected peer. The socket can be used
 * after that as before.
 *
 * @example
 * using socket = yield* bindDatagram(5353);
 * const { data, remote } = yield* socket.recvfrom({ timeout: 5_000 });
 * yield* socket.sendto(data, remote);
 */
export class DatagramSocket extends Shown {
  /** Node's own `dgram.Socket`: for multicast (`addMembership()`), broadcast, time to live and other settings. */
  readonly socket: UdpSocket;
  private readonly endpoint: DatagramEndpoint;

  /** @param socket a `dgram.Socket`, bound or connected. All of its `message` events are held here from now on */
  constructor(socket: UdpSocket) {
    super();
    this.socket = socket;
    this.endpoint = endpointOf(socket);
    this.endpoint.listen();
  }

  /** What messages call it. */
  get name(): string {
    return this.endpoint.name;
  }

  get closed(): boolean {
    return this.endpoint.closed;
  }

  /** @internal */
  [TEXT](): string {
    return line('DatagramSocket', this.name, this.closed ? 'closed' : `at ${placeText(this.address)}`);
  }

  /** Where it receives, as Node tells it; null once it is closed. */
  get address(): AddressInfo | null {
    return this.closed ? null : this.socket.address();
  }

  /** The port it receives on; undefined once it is closed. */
  get port(): number | undefined {
    return this.address?.port;
  }

  /** How many datagrams were dropped because there was no room for them here. What the kernel drops it does not tell. */
  get dropped(): number {
    return this.endpoint.dropped;
  }

  /**
   * Waits for a datagram, and takes it.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation for the datagram's `data`, which may be empty, and its sender, `remote`
   * @throws Timeout when none comes in time; ConcurrentUseError when another greenlet receives; SocketClosedError once it is
   *   closed
   */
  recvfrom(options?: TimeoutOption): Operation<Datagram> {
    return recvfrom(this.socket, options);
  }

  /** The same without the sender, for sockets that are connected: an operation for the data. */
  recv(options?: TimeoutOption): Operation<Buffer> {
    return recv(this.socket, options);
  }

  /**
   * Sends a datagram, and waits until the kernel has taken it. That is no promise that it arrives.
   *
   * Cancelled, or timed out, it may go out all the same; with `timeout: 0` it is not sent.
   *
   * @param data a string stands for its UTF-8; bytes are not copied and must not be changed until it is done
   * @param port where to, or the `remote` of a datagram that was received
   * @param host a name or address; this host unless given
   * @param options `timeout` in milliseconds, for looking up the name and sending
   * @throws Node's own error when it cannot be sent (`code`: EMSGSIZE, ENOTFOUND, ENETUNREACH, ERR_SOCKET_DGRAM_IS_CONNECTED,
   *   …); SocketClosedError once it is closed; Timeout when it takes too long
   */
  sendto(data: string | Uint8Array, port: number, host?: string, options?: TimeoutOption): Operation<void>;
  sendto(data: string | Uint8Array, remote: Destination, options?: TimeoutOption): Operation<void>;
  sendto(
    data: string | Uint8Array,
    to: number | Destination,
    host?: string | TimeoutOption,
    options?: TimeoutOption,
  ): Operation<void> {
    return sendto(this.socket, data, to as number, host as string, options);
  }

  /**
   * The same to the peer that the socket is connected to.
   *
   * @throws as `sendto()` does, and what went wrong before: ECONNREFUSED when nobody listened there
   */
  send(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return send(this.socket, data, options);
  }

  /** Closes it at once. Who waits is woken with a SocketClosedError; what had arrived and was not taken is dropped. */
  close(): void {
    this.endpoint.close('was closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Makes a socket that receives datagrams on a port. Cancelled, it leaves no socket.
 *
 * @param port a port (0 for a free one), or an object with `port` and `host`, `type`, `bufferSize` and Node's options
 * @param host a name or address of this host; all of its addresses unless given
 * @param options `timeout` in milliseconds
 * @returns an operation for the socket
 * @throws Node's own error when that fails (`code`: EADDRINUSE, EACCES, EADDRNOTAVAIL, …); Timeout when it takes too long
 *
 * @example
 * using socket = yield* bindDatagram({ port: 5353, host: '127.0.0.1' });
 * socket.socket.addMembership('224.0.0.251');
 */
export function bindDatagram(port: number, host?: string, options?: TimeoutOption): Operation<DatagramSocket>;
export function bindDatagram(where?: BindDatagramOptions, options?: TimeoutOption): Operation<DatagramSocket>;
export function bindDatagram(
  where: number | BindDatagramOptions = {},
  host?: string | TimeoutOption,
  options?: TimeoutOption,
): Operation<DatagramSocket> {
  const extras = checkedOptions(optionsAfter(where, host, options), TIMEOUT, 'bindDatagram()');
  if (typeof where !== 'number') checkedOwnOptions(where, BIND_OPTIONS, 'bindDatagram()');
  const { port, host: address, exclusive, ...rest } = settingsOf<BindDatagramOptions>(where, host);
  if (port !== undefined) checkPort(port);
  const begin = (socket: UdpSocket): unknown => socket.bind({ port, address, exclusive });
  const what = `a datagram socket at ${shown(address ?? '*')}:${port ?? 0}`;
  return new OpeningDatagram(rest, address, 'listening', begin, what, extras);
}

/**
 * Makes a socket that exchanges datagrams with one peer: what others send to it is not received. Nothing goes over the
 * network for that, so that a peer which does not listen is told of by a later `send()` or `recv()`. Cancelled, it leaves
 * no socket.
 *
 * @param port a port, or an object with `port` and `host`, `type`, `bufferSize` and Node's options
 * @param host a name or address; this host unless given
 * @param options `timeout` in milliseconds, for looking up the name
 * @returns an operation for the socket
 * @throws Node's own error when that fails (`code`: ENOTFOUND, ENETUNREACH, …); Timeout when it takes too long
 *
 * @example
 * using socket = yield* connectDatagram(123, 'time.example.com', { timeout: 2_000 });
 * yield* socket.send(question);
 * const answer = yield* socket.recv({ timeout: 2_000 });
 */
export function connectDatagram(port: number, host?: string, options?: TimeoutOption): Operation<DatagramSocket>;
export function connectDatagram(where: ConnectDatagramOptions, options?: TimeoutOption): Operation<DatagramSocket>;
export function connectDatagram(
  where: number | ConnectDatagramOptions,
  host?: string | TimeoutOption,
  options?: TimeoutOption,
): Operation<DatagramSocket> {
  const extras = checkedOptions(optionsAfter(where, host, options), TIMEOUT, 'connectDatagram()');
  if (typeof where !== 'number') checkedOwnOptions(where, CONNECT_OPTIONS, 'connectDatagram()');
  const { port, host: address, ...rest } = settingsOf<ConnectDatagramOptions>(where, host);
  const begin = (socket: UdpSocket): unknown =>
    address === undefined ? socket.connect(port) : socket.connect(port, address);
  const what = `a datagram socket to ${shown(address ?? 'this host')}:${port}`;
  return new OpeningDatagram(rest, address, 'connect', begin, what, extras);
}

function settingsOf<S extends object>(where: number | S, host: string | TimeoutOption | undefined): S {
  return typeof where === 'number' ? ({ port: where, host } as S) : where;
}

class OpeningDatagram extends Opening<DatagramSocket> {
  private readonly settings: SocketOptions;
  private readonly bufferSize: number | undefined;
  private readonly event: 'listening' | 'connect';
  private readonly begin: (socket: UdpSocket) => unknown;
  private readonly what: string;

  constructor(
    { type, bufferSize, ...settings }: DatagramOptions,
    host: string | undefined,
    event: 'listening' | 'connect',
    begin: (socket: UdpSocket) => unknown,
    what: string,
    options: TimeoutOption | undefined,
  ) {
    super(options);
    this.settings = { ...settings, type: type ?? (host !== undefined && isIPv6(host) ? 'udp6' : 'udp4') };
    this.bufferSize = bufferSize === undefined ? undefined : checkedSize(bufferSize);
    this.event = event;
    this.begin = begin;
    this.what = what;
  }

  describe(): string {
    return this.what;
  }

  protected open(opened: (socket: DatagramSocket) => void, failed: (error: unknown) => void): Attempt {
    const socket = createSocket(this.settings);
    const attempt = new DatagramAttempt(socket);
    socket.on('error', failed).once(this.event, () => {
      const result = new DatagramSocket(socket);
      if (this.bufferSize !== undefined) endpointOf(socket).bufferSize = this.bufferSize;
      socket.off('error', failed);
      opened(result);
    });
    try {
      this.begin(socket);
    } catch (error) {
      attempt.discard();
      throw error;
    }
    return attempt;
  }

  protected timedOut(timeout: number): DatagramSocket {
    throw new Timeout(timeout, `${this.what} was not there within ${timeout} ms`);
  }
}

/** A socket that is not known to be of use yet. Node's throws when it is closed twice. */
class DatagramAttempt implements Attempt {
  private readonly socket: UdpSocket;
  private closed = false;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    socket.once('close', () => {
      this.closed = true;
    });
  }

  discard(): void {
    if (this.closed) return;
    this.closed = true;
    // Of what fails from now on nobody is to hear.
    this.socket.on('error', () => {});
    this.socket.close();
  }
}

/** Node takes any number for a port to bind to, and binds to another one. */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`a port is a whole number from 0 to 65535, not ${shown(port)}`);
}

function checkedSize(bytes: number): number {
  if (bytes === Infinity || (Number.isInteger(bytes) && bytes >= 0)) return bytes;
  throw new RangeError(`bufferSize is a whole number of bytes, 0 or more, not ${shown(bytes)}`);
}
