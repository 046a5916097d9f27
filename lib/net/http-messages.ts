import { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from '../greenlet/operation.ts';
import { INSPECT, line, shown, TEXT, type Telling } from '../greenlet/shown.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { bytes, json, text } from './body.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from './reading.ts';
import type { ReadBodyOptions } from './response-body.ts';
import { sendall } from './sending.ts';
import { transportOf } from './transport.ts';

/**
 * A request as an HttpServer's handler gets it: Node's own `IncomingMessage`, whose body can be read by operations. What is not
 * taken by one is there for the next, and one that is cancelled has taken nothing.
 *
 * All of them throw Node's error (`code`: ECONNRESET) when the client goes away before the body has ended, Timeout
 * when its time is up, and ConcurrentUseError while somebody else reads it.
 *
 * @example
 * const order = yield* request.json<Order>({ limit: 100_000, timeout: 5_000 });
 */
export class HttpServerRequest extends IncomingMessage implements Telling {
  /** What it is, in one line. */
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
   * Waits until some of the body is there, and takes it.
   *
   * @param max bytes, at the most; all that is there unless given
   * @returns an operation for one byte or more, or for an empty Buffer at the end of the body and from then on
   */
  override recv(max?: number, options?: TimeoutOption): Operation<Buffer> {
    return recv(transportOf(this), max, options);
  }

  /**
   * Waits for so many bytes of the body.
   *
   * @throws PrematureEndError when it ends before, with what did arrive as `partial`
   */
  override recvExactly(count: number, options?: TimeoutOption): Operation<Buffer> {
    return recvExactly(transportOf(this), count, options);
  }

  /**
   * Waits for a delimiter, and gives all up to it, and it.
   *
   * @param options `limit` in bytes (65,536 unless given), and `timeout` in milliseconds
   * @throws LimitExceededError when it does not come within the limit, PrematureEndError when the body ends before
   */
  override readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer> {
    return readUntil(transportOf(this), delimiter, options);
  }

  /**
   * Waits for a line, and gives it without its end; null at the end of the body.
   *
   * @param options `limit` in bytes (65,536 unless given), `encoding`, and `timeout` in milliseconds
   * @throws LimitExceededError when the line is longer
   */
  override readLine(options?: ReadLineOptions): Operation<string | null> {
    return readLine(transportOf(this), options);
  }

  /**
   * All of the body, as UTF-8.
   *
   * @param options `limit` in bytes, without bound unless given, and `timeout` in milliseconds
   * @throws LimitExceededError when it is longer
   */
  override text(options?: ReadBodyOptions): Operation<string> {
    return text(this, options);
  }

  /**
   * All of the body, parsed as JSON. Its type is whatever the caller says.
   *
   * @throws SyntaxError when it is none; LimitExceededError
   */
  override json<T = unknown>(options?: ReadBodyOptions): Operation<T> {
    return json<T>(this, options);
  }

  /** All of the body, in memory of its own. */
  override bytes(options?: ReadBodyOptions): Operation<Uint8Array> {
    return bytes(this, options);
  }
}

/** A response as an HttpServer's handler gets it: Node's own `ServerResponse`, and an operation that sends. */
export class HttpServerResponse extends ServerResponse<HttpServerRequest> implements Telling {
  /** What it is, in one line. */
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
   * Sends some of the body, and the headers before it, and waits until the kernel has taken it: who sends faster than the
   * client reads is held up. `end()` ends it; so does the handler's end.
   *
   * @param data a string stands for its UTF-8
   * @param options `timeout` in milliseconds
   * @throws SocketClosedError when the client has gone, or after `end()`; Timeout. Cancelled half-way it closes the connection
   */
  override sendall(data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
    return sendall(transportOf(this), data, options);
  }
}
