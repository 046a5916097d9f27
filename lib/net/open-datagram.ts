import { createSocket, type SocketOptions, type Socket as UdpSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, checkedOwnOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { checkPort } from './check-port.ts';
import { optionsAfter } from './datagram.ts';
import { endpointOf } from './datagram-endpoint.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { type Attempt, Opening } from './opening.ts';
import { safeText } from './safe-text.ts';

/** Options of both kinds of datagram sockets: Node's options for `dgram.createSocket()`, and these. */
export interface DatagramOptions extends Omit<SocketOptions, 'type' | 'signal'> {
  /** By default `udp6` if the host is an IPv6 address, otherwise `udp4`. */
  type?: 'udp4' | 'udp6' | undefined;
  /**
   * How many bytes of datagrams are held until they are received; 262,144 by default. Each datagram counts 256 bytes
   * more than its data. Datagrams that find no room are dropped. One datagram always has room.
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

/** Where to receive, and how. */
export interface BindDatagramOptions extends DatagramOptions {
  /** A free port by default. */
  port?: number | undefined;
  /** A name or address of this host; all of its addresses by default. */
  host?: string | undefined;
  /** Node's option: if true, the workers of a cluster do not share the port. */
  exclusive?: boolean | undefined;
}

const BIND_OPTIONS: OptionNames<BindDatagramOptions> = {
  port: 'number',
  host: 'string',
  exclusive: 'boolean',
  ...DATAGRAM_OPTIONS,
};

/** The peer to exchange datagrams with. */
export interface ConnectDatagramOptions extends DatagramOptions {
  port: number;
  /** A name or address; this host by default. */
  host?: string | undefined;
}

const CONNECT_OPTIONS: OptionNames<ConnectDatagramOptions> = { port: 'number', host: 'string', ...DATAGRAM_OPTIONS };

/**
 * Opens a socket that receives datagrams on a port. If the operation is cancelled, it leaves no socket.
 *
 * @param port a port (0 for a free one), or an object with `port` and `host`, `type`, `bufferSize` and Node's options
 * @param host a name or address of this host; all of its addresses by default
 * @param options `timeout` in milliseconds
 * @returns an operation that gives the socket
 * @throws Node's own error if that fails (`code`: EADDRINUSE, EACCES, EADDRNOTAVAIL, …); Timeout if the timeout passes
 *   first
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
  const what = `a datagram socket at ${safeText(address ?? '*')}:${port ?? 0}`;
  return new OpeningDatagram(rest, address, 'listening', begin, what, extras);
}

/**
 * Opens a socket that exchanges datagrams with one peer and ignores all others. This sends nothing over the network, so
 * you learn only from a later `send()` or `recv()` that the peer does not listen. If the operation is cancelled, it
 * leaves no socket.
 *
 * @param port a port, or an object with `port` and `host`, `type`, `bufferSize` and Node's options
 * @param host a name or address; this host by default
 * @param options `timeout` in milliseconds, for the name lookup
 * @returns an operation that gives the socket
 * @throws Node's own error if that fails (`code`: ENOTFOUND, ENETUNREACH, …); Timeout if the timeout passes first
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
  const what = `a datagram socket to ${safeText(address ?? 'this host')}:${port}`;
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
    super();
    this.deadline = deadlineOf(this, options);
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

  timedOut(timeout: number): DatagramSocket {
    throw new Timeout(timeout, `${this.what} was not open within ${timeout} ms`);
  }
}

/** A socket that is being opened. It is closed only once, because Node throws at a second close. */
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
    // Ignore all later errors.
    this.socket.on('error', () => {});
    this.socket.close();
  }
}

function checkedSize(bytes: number): number {
  if (bytes === Infinity || (Number.isInteger(bytes) && bytes >= 0)) return bytes;
  throw new RangeError(`bufferSize must be a whole number of bytes, at least 0, not ${safeText(bytes)}`);
}
