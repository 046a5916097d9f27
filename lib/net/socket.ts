import type { Socket as Stream } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { GIVE } from '../hub/checks/give.ts';
import type { Gift, Giveable } from './giving.ts';
import { addressText } from './place-text.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from './reading.ts';
import { sendall } from './sending.ts';
import { socketGift } from './socket-gift.ts';
import { type Transport, transportOf } from './transport.ts';

/**
 * A connection over TCP, TLS or a Unix domain socket. Methods that block return operations: `yield*` them in a
 * greenlet, `await` them elsewhere.
 *
 * Data is not lost between two reads: a reader that is killed, times out or loses a `race()` has taken nothing. About
 * 64 KiB are read ahead; then back-pressure stops the peer until you read.
 *
 * Once the connection is broken, all operations throw its error (Node's own, with its `code`: ECONNRESET, EPIPE, …);
 * data that arrived before can still be read. Once the socket was closed on this side, they throw SocketClosedError.
 *
 * @example
 * using socket = yield* connect(25, 'mail.example.com');
 * const greeting = yield* socket.readLine({ timeout: 5_000 });
 * yield* socket.sendall('QUIT\r\n');
 */
export class Socket extends Shown implements Giveable {
  /** Node's `net.Socket` or `tls.TLSSocket`. Use it for settings and facts, but do not read from it. */
  readonly stream: Stream;
  private readonly transport: Transport;

  /**
   * @param stream a connected `net.Socket` or `tls.TLSSocket` that nothing else reads from. Create it with
   *   `allowHalfOpen: true`; otherwise Node ends this side as soon as the peer ends the other
   */
  constructor(stream: Stream) {
    super();
    this.stream = stream;
    this.transport = transportOf(stream);
    this.transport.reads.begin();
  }

  /** Its name in messages. */
  get name(): string {
    return this.transport.name;
  }

  /** @internal */
  [TEXT](): string {
    const { remoteAddress, remotePort } = this;
    const peer = remoteAddress === undefined ? null : `to ${addressText(remoteAddress, remotePort)}`;
    return line('Socket', this.name, this.closed ? 'closed' : 'open', peer);
  }

  /** True if it was closed on this side, the connection is broken, or both sides have ended. */
  get closed(): boolean {
    return this.transport.closed;
  }

  /** The peer's address; undefined for a Unix domain socket and once the connection is closed. */
  get remoteAddress(): string | undefined {
    return this.stream.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.stream.remotePort;
  }

  /** The address on this side. */
  get localAddress(): string | undefined {
    return this.stream.localAddress;
  }

  get localPort(): number | undefined {
    return this.stream.localPort;
  }

  /**
   * Waits until data has arrived, and takes it.
   *
   * @param max the largest number of bytes to take; by default all that have arrived
   * @param options `timeout` in milliseconds
   * @returns an operation that gives at least one byte, or an empty Buffer at the end of the stream
   * @throws Timeout if no data arrives in time; ConcurrentUseError if another greenlet is reading; RangeError if `max`
   *   is below 1
   *
   * @example
   * for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) hash.update(data);
   */
  recv(max?: number, options?: TimeoutOption): Operation<Buffer> {
    return recv(this.transport, max, options);
  }

  /**
   * Waits for exactly `count` bytes. They are kept in memory until the last one has arrived.
   *
   * @param count how many bytes to take
   * @param options `timeout` in milliseconds
   * @returns an operation that gives the bytes
   * @throws PrematureEndError if the stream ends before, with the bytes that did arrive as `partial`; Timeout if they
   *   do not arrive in time; ConcurrentUseError if another greenlet is reading
   */
  recvExactly(count: number, options?: TimeoutOption): Operation<Buffer> {
    return recvExactly(this.transport, count, options);
  }

  /**
   * Waits for a delimiter.
   *
   * @param delimiter one byte or more; a string is encoded as UTF-8
   * @param options `limit` in bytes, including the delimiter (65,536 by default), and `timeout` in milliseconds
   * @returns an operation that gives all bytes up to and including the delimiter
   * @throws LimitExceededError if the delimiter does not come within the limit, in which case nothing is taken;
   *   PrematureEndError if the stream ends before, with the bytes that did arrive as `partial`; Timeout if the
   *   delimiter does not arrive in time; ConcurrentUseError if another greenlet is reading
   *
   * @example
   * const head = yield* socket.readUntil('\r\n\r\n', { limit: 16_384, timeout: 10_000 });
   */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer> {
    return readUntil(this.transport, delimiter, options);
  }

  /**
   * Waits for a line that ends in `\n` or `\r\n`. The last line may end with the stream instead.
   *
   * @param options `limit` in bytes, including the line ending (65,536 by default), `encoding` (UTF-8 by default), and
   *   `timeout` in milliseconds
   * @returns an operation that gives the line without its line ending, or null at the end of the stream
   * @throws LimitExceededError if the line is longer, in which case nothing is taken; Timeout if it does not arrive in
   *   time; ConcurrentUseError if another greenlet is reading; TypeError if Buffer does not know the encoding,
   *   or if it is UTF-16
   */
  readLine(options?: ReadLineOptions): Operation<string | null> {
    return readLine(this.transport, options);
  }

  /**
   * Sends all of the data and waits until the kernel has taken it. So a greenlet cannot send faster than the peer reads
   * (back-pressure). Several greenlets may send: the data of each goes out in one piece, in the order in which they
   * began.
   *
   * If the operation is cancelled halfway (killed, timed out, the loser of a race), **it closes the socket**, because
   * it cannot know how much the peer has received. If it is cancelled while others send before it, or with `timeout:
   * 0`, it has sent nothing.
   *
   * @param data a string is sent as UTF-8; bytes are not copied, so do not change them until the operation has ended
   * @param options `timeout` in milliseconds
   * @returns an operation that ends when the kernel has taken the data
   * @throws SocketClosedError after `shutdown()` or `close()`; Timeout if the timeout passes first; TypeError for other
   *   data
   */
  sendall(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return sendall(this.transport, data, options);
  }

  /**
   * Ends this side after pending sends. The peer then reads the end of the stream; you can still read from the peer.
   */
  shutdown(): void {
    this.transport.shutDown();
  }

  /**
   * Closes the socket at once. Greenlets that wait to read or send get a SocketClosedError, and unread data is dropped.
   * Data of a `sendall()` that has ended is still delivered.
   */
  close(): void {
    this.transport.close('was closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [GIVE](): Gift {
    return socketGift(this.transport);
  }
}
