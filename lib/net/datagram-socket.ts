import type { Socket as UdpSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { type Destination, recv, recvfrom, send, sendto } from './datagram.ts';
import { type Datagram, type DatagramEndpoint, endpointOf } from './datagram-endpoint.ts';

import { placeText } from './place-text.ts';

/**
 * A UDP socket. Methods that block return operations: `yield*` them in a greenlet, `await` them elsewhere.
 *
 * As always with UDP, a datagram arrives whole or not at all, perhaps twice or out of order. Datagrams that have
 * arrived are not lost between two receives: a receive that is killed, times out or loses a `race()` has taken nothing.
 * The socket holds up to `bufferSize` bytes of datagrams. It drops further datagrams and counts them in `dropped`.
 *
 * An error that occurs meanwhile (ECONNREFUSED, for example, if no process listens at the connected peer) is thrown
 * once: by the waiting receive, or otherwise by the next receive or the next `send()` to the connected peer. You can
 * continue to use the socket after that.
 *
 * @example
 * using socket = yield* bindDatagram(5353);
 * const { data, remote } = yield* socket.recvfrom({ timeout: 5_000 });
 * yield* socket.sendto(data, remote);
 */
export class DatagramSocket extends Shown {
  /** Node's `dgram.Socket`. Use it for multicast (`addMembership()`), broadcast, time to live and other settings. */
  readonly socket: UdpSocket;
  private readonly endpoint: DatagramEndpoint;

  /** @param socket a `dgram.Socket`, bound or connected. From now on this object holds all datagrams that arrive */
  constructor(socket: UdpSocket) {
    super();
    this.socket = socket;
    this.endpoint = endpointOf(socket);
    this.endpoint.listen();
  }

  /** Its name in messages. */
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

  /** Where it receives, as reported by Node; null once it is closed. */
  get address(): AddressInfo | null {
    return this.closed ? null : this.socket.address();
  }

  /** The port it receives on; undefined once it is closed. */
  get port(): number | undefined {
    return this.address?.port;
  }

  /** How many datagrams this socket dropped for lack of room. Datagrams that the kernel drops are not counted. */
  get dropped(): number {
    return this.endpoint.dropped;
  }

  /**
   * Waits for a datagram and takes it.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the datagram's `data`, which may be empty, and its sender, `remote`
   * @throws Timeout if no datagram arrives in time; ConcurrentUseError if another greenlet is receiving;
   *   SocketClosedError if the socket is closed
   */
  recvfrom(options?: TimeoutOption): Operation<Datagram> {
    return recvfrom(this.socket, options);
  }

  /** The same for connected sockets. Returns an operation that gives only the data. */
  recv(options?: TimeoutOption): Operation<Buffer> {
    return recv(this.socket, options);
  }

  /**
   * Sends a datagram and waits until the kernel has taken it. This does not mean that it arrives.
   *
   * If the operation is cancelled or times out, the datagram may be sent all the same. With `timeout: 0` it is not
   * sent.
   *
   * @param data a string is sent as UTF-8; bytes are not copied, so do not change them until the operation has ended
   * @param port the port to send to, or the `remote` of a received datagram
   * @param host a name or address; this host by default
   * @param options `timeout` in milliseconds, for the name lookup and the send
   * @throws Node's own error if it cannot be sent (`code`: EMSGSIZE, ENOTFOUND, ENETUNREACH,
   *   ERR_SOCKET_DGRAM_IS_CONNECTED, …); SocketClosedError if the socket is closed; Timeout if the timeout passes first
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
   * Sends a datagram to the connected peer. Otherwise it works like `sendto()`.
   *
   * @throws the errors of `sendto()`; an earlier error, such as ECONNREFUSED if no process listened at the peer
   */
  send(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return send(this.socket, data, options);
  }

  /** Closes the socket at once. Waiters get a SocketClosedError. Datagrams that were not received are dropped. */
  close(): void {
    this.endpoint.close('was closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
