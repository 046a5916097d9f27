import type { Operation } from '../greenlet/operation.ts';
import { INSPECT, line, shown, TEXT, type Telling } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { bytes, json, text } from './body.ts';
import { http } from './nodes-modules.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from './reading.ts';
import { sendall } from './sending.ts';
import { transportOf } from './transport.ts';
import type { ReadBodyOptions } from './whole-body.ts';

/**
 * The request that an HttpServer passes to its handler: Node's `IncomingMessage`, with operations that read the body.
 * Bytes that one operation does not take are left for the next, and a cancelled operation has taken nothing.
 *
 * All of these operations throw Node's error (`code`: ECONNRESET) if the client disconnects before the body has ended,
 * Timeout if the timeout passes, and ConcurrentUseError while another greenlet reads the body.
 *
 * @example
 * const order = yield* request.json<Order>({ limit: 100_000, timeout: 5_000 });
 */
export class HttpServerRequest extends http.IncomingMessage implements Telling {
  /** Describes it in one line. */
  override toString(): string {
    return shown(this);
  }

  /** The same line. */
  toJSON(): string {
    return shown(this);
  }

  /** The same line: what `console.log()` prints. */
  [INSPECT](): string {
    return shown(this);
  }

  /** @internal */
  [TEXT](): string {
    // The query may contain secrets, which must not get into a log.
    return line('HttpServerRequest', 'HttpServerRequest', `${this.method} ${this.url?.replace(/[?#].*$/s, '')}`);
  }

  /**
   * Waits until a part of the body has arrived, and takes it.
   *
   * @param max the largest number of bytes to take; by default all that have arrived
   * @param options `timeout` in milliseconds
   * @returns an operation that gives at least one byte, or an empty Buffer at the end of the body
   */
  override recv(max?: number, options?: TimeoutOption): Operation<Buffer> {
    return recv(transportOf(this), max, options);
  }

  /**
   * Waits for exactly `count` bytes of the body.
   *
   * @param options `timeout` in milliseconds
   * @throws PrematureEndError if the body ends before, with the bytes that did arrive as `partial`
   */
  override recvExactly(count: number, options?: TimeoutOption): Operation<Buffer> {
    return recvExactly(transportOf(this), count, options);
  }

  /**
   * Waits for a delimiter. Gives all bytes up to and including it.
   *
   * @param options `limit` in bytes (65,536 by default), and `timeout` in milliseconds
   * @throws LimitExceededError if the delimiter does not come within the limit; PrematureEndError if the body ends
   *   before
   */
  override readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer> {
    return readUntil(transportOf(this), delimiter, options);
  }

  /**
   * Waits for a line. Gives it without its line ending, or null at the end of the body.
   *
   * @param options `limit` in bytes (65,536 by default), `encoding`, and `timeout` in milliseconds
   * @throws LimitExceededError if the line is longer
   */
  override readLine(options?: ReadLineOptions): Operation<string | null> {
    return readLine(transportOf(this), options);
  }

  /**
   * Reads the whole body as UTF-8.
   *
   * @param options `limit` in bytes, unbounded by default, and `timeout` in milliseconds
   * @throws LimitExceededError if the body is longer
   */
  override text(options?: ReadBodyOptions): Operation<string> {
    return text(this, options);
  }

  /**
   * Reads the whole body and parses it as JSON. The type `T` is not checked.
   *
   * @param options as for `text()`
   * @throws SyntaxError if the body is not JSON; LimitExceededError if it is longer than the limit
   */
  override json<T = unknown>(options?: ReadBodyOptions): Operation<T> {
    return json<T>(this, options);
  }

  /** Reads the whole body into its own memory. Options and errors are those of `text()`. */
  override bytes(options?: ReadBodyOptions): Operation<Uint8Array> {
    return bytes(this, options);
  }
}

/** The response that an HttpServer passes to its handler: Node's `ServerResponse`, with an operation that sends. */
export class HttpServerResponse extends http.ServerResponse<HttpServerRequest> implements Telling {
  /** Describes it in one line. */
  override toString(): string {
    return shown(this);
  }

  /** The same line. */
  toJSON(): string {
    return shown(this);
  }

  /** The same line: what `console.log()` prints. */
  [INSPECT](): string {
    return shown(this);
  }

  /** @internal */
  [TEXT](): string {
    const sent = this.writableFinished ? 'sent' : this.headersSent ? 'headers sent' : 'nothing sent';
    return line('HttpServerResponse', 'HttpServerResponse', String(this.statusCode), sent);
  }

  /**
   * Sends a part of the body, after the headers, and waits until the kernel has taken it. So a handler cannot send
   * faster than the client reads (back-pressure). The response ends with `end()` or when the handler ends.
   *
   * If the operation is cancelled halfway, it closes the connection.
   *
   * @param data a string is sent as UTF-8
   * @param options `timeout` in milliseconds
   * @throws SocketClosedError if the client has disconnected, or after `end()`; Timeout if the timeout passes first
   */
  override sendall(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return sendall(transportOf(this), data, options);
  }
}
