import type { Socket as Stream } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { addressText } from './place-text.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from './reading.ts';
import { sendall } from './sending.ts';
import { type Transport, transportOf } from './transport.ts';

/**
 * A connection, over TCP, TLS or a Unix domain socket. What blocks is an operation: `yield*` it in a greenlet, `await` it
 * elsewhere.
 *
 * Nothing that arrives is lost between two reads: a reader that is killed, that times out or that loses a `race()` has
 * taken nothing. At most some 64 KiB are read ahead; while nobody reads more than that, the peer is held up.
 *
 * All operations throw the connection's error (Node's own, with its `code`: ECONNRESET, EPIPE, …) once it is broken, and
 * SocketClosedError once it was closed on this side; what had arrived before it broke can still be read.
 *
 * @example
 * using socket = yield* connect(25, 'mail.example.com');
 * const greeting = yield* socket.readLine({ timeout: 5_000 });
 * yield* socket.sendall('QUIT\r\n');
 */
export class Socket extends Shown {
  /** Node's own: a `net.Socket`, or a `tls.TLSSocket`. For its settings and facts; what arrives is read here alone. */
  readonly stream: Stream;
  private readonly transport: Transport;

  /**
   * @param stream a connected `net.Socket` or `tls.TLSSocket` that nobody else reads from. It should have been made with
   *   `allowHalfOpen: true`; otherwise Node ends this side as soon as the peer has ended the other
   */
  constructor(stream: Stream) {
    super();
    this.stream = stream;
    this.transport = transportOf(stream);
    this.transport.reads.begin();
  }

  /** What messages call it. */
  get name(): string {
    return this.transport.name;
  }

  /** @internal */
  [TEXT](): string {
    const { remoteAddress, remotePort } = this;
    const peer = remoteAddress === undefined ? null : `to ${addressText(remoteAddress, remotePort)}`;
    return line('Socket', this.name, this.closed ? 'closed' : 'open', peer);
  }

  /** True when it was closed, here or by a broken connection, or both sides have ended. */
  get closed(): boolean {
    return this.transport.closed;
  }

  /** The peer's address; undefined over a Unix domain socket and once the connection is closed. */
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
   * Waits until something is there, and takes it.
   *
   * @param max bytes, at the most; all that is there unless given
   * @param options `timeout` in milliseconds
   * @returns an operation for one byte or more, or for an empty Buffer at the end of the stream and from then on
   * @throws Timeout when nothing comes in time; ConcurrentUseError when another greenlet reads; RangeError for a `max` below 1
   *
   * @example
   * for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) hash.update(data);
   */
  recv(max?: number, options?: TimeoutOption): Operation<Buffer> {
    return recv(this.transport, max, options);
  }

  /**
   * Waits for so many bytes. They are kept in memory until the last is there.
   *
   * @param options `timeout` in milliseconds
   * @throws PrematureEndError when the stream ends before, with what did arrive as `partial`; Timeout when they are not
   *   there in time; ConcurrentUseError when another greenlet reads
   */
  recvExactly(count: number, options?: TimeoutOption): Operation<Buffer> {
    return recvExactly(this.transport, count, options);
  }

  /**
   * Waits until a delimiter has come.
   *
   * @param delimiter one byte or more; a string stands for its UTF-8
   * @param options `limit` in bytes, the delimiter included (65,536 unless given), and `timeout` in milliseconds
   * @returns an operation for all up to the delimiter, and the delimiter
   * @throws LimitExceededError when it does not come within the limit: nothing is taken then; PrematureEndError when the
   *   stream ends before, with what did arrive as `partial`; Timeout when it does not come in time; ConcurrentUseError when
   *   another greenlet reads
   *
   * @example
   * const head = yield* socket.readUntil('\r\n\r\n', { limit: 16_384, timeout: 10_000 });
   */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer> {
    return readUntil(this.transport, delimiter, options);
  }

  /**
   * Waits for a line, which ends in `\n` or `\r\n`. The last one need not.
   *
   * @param options `limit` in bytes, the line's end included (65,536 unless given), `encoding` (UTF-8 unless given), and
   *   `timeout` in milliseconds
   * @returns an operation for the line without its end, or null at the end of the stream
   * @throws LimitExceededError when the line is longer: nothing is taken then; Timeout when it does not come in time;
   *   ConcurrentUseError when another greenlet reads; TypeError for an encoding that Buffer does not know
   */
  readLine(options?: ReadLineOptions): Operation<string | null> {
    return readLine(this.transport, options);
  }

  /**
   * Sends it all, and waits until the kernel has taken it: who sends faster than the peer reads is held up. Several
   * greenlets may send; each one's data goes out in one piece, in the order in which they began.
   *
   * Cancelled half-way (killed, timed out, the loser of a race) **it closes the socket**, because nobody can know how much
   * the peer has got. Cancelled while it is still in line behind others, or with `timeout: 0`, it has sent nothing.
   *
   * @param data a string stands for its UTF-8; bytes are not copied and must not be changed until it is done
   * @param options `timeout` in milliseconds
   * @throws SocketClosedError after `shutdown()` or `close()`; Timeout when it is not taken in time; TypeError for other data
   */
  sendall(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return sendall(this.transport, data, options);
  }

  /** Ends this side, after what is being sent: the peer reads the end, and can still be read. Acts at once. */
  shutdown(): void {
    this.transport.shutDown();
  }

  /**
   * Closes it at once. Who waits to read or to send is woken with a SocketClosedError; what had arrived and was not read is
   * dropped. What a `sendall()` has finished to send is on its way and still delivered.
   */
  close(): void {
    this.transport.close('was closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
