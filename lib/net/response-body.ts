import { Blob, type Buffer } from 'node:buffer';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { line, TEXT } from '../greenlet/shown.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { Dump, NextChunk, WholeBody } from './body-read.ts';
import type { Exchange } from './request-exchange.ts';
import { bytesOf, type ReadBodyOptions, textOf } from './whole-body.ts';

/** Frees the connection of a body that is garbage, which would otherwise hold it forever. */
const dropped = new FinalizationRegistry<Exchange>((exchange) => exchange.giveUp(`${exchange.name} was never read`));

/**
 * The body of a response. You can read it once: as a whole, with one of the methods, or piece by piece, with
 * `forEach(body, …)`, `for await`, or anything else that takes an async iterable (such as `pipeline()` of
 * `node:stream`).
 *
 * The unread rest belongs to the greenlet that reads it; before that, to the greenlet that made the request. A kill, a
 * timeout or a lost `race()` drops the rest and closes the connection. Outside greenlets it belongs to none.
 *
 * A body that you do not read holds its connection, unless it has arrived completely and has at most 64 KiB. The
 * connection is freed when the greenlet is killed, when you call `cancel()`, or when the body is garbage-collected. The
 * normal end of the greenlet does not drop the body, since another greenlet may read it.
 *
 * All methods throw undici's errors if the connection breaks (`code`: UND_ERR_SOCKET, UND_ERR_BODY_TIMEOUT,
 * UND_ERR_RES_CONTENT_LENGTH_MISMATCH, ECONNRESET, HPE_INVALID_CHUNK_SIZE, …), Timeout if the body has not arrived in
 * time, and LimitExceededError if it is longer than `limit`; in these cases the rest is dropped and the connection
 * closed. They throw TypeError if the body was already read, and ConcurrentUseError while another greenlet reads it.
 *
 * @example
 * const { body } = yield* request(url);
 * const page = yield* body.text({ limit: 1_000_000, timeout: 5_000 });
 */
export class HttpBody extends Iteration<Buffer> {
  /** @internal */
  readonly exchange: Exchange;

  /** @internal */
  constructor(exchange: Exchange) {
    super(
      () => new NextChunk(this, undefined),
      () => this.cancel(),
    );
    this.exchange = exchange;
  }

  /** True once a read of the body has begun. */
  get used(): boolean {
    return this.exchange.used;
  }

  /** @internal */
  override [TEXT](): string {
    return line('HttpBody', 'HttpBody', this.exchange.name, this.stateText());
  }

  /** @internal Describes its state. */
  stateText(): string {
    if (this.used) return this.exchange.over ? 'read' : 'being read';
    return this.exchange.over ? 'all of it here' : 'not read';
  }

  /** Reads the whole body as UTF-8, without a byte order mark. */
  text(options?: ReadBodyOptions): Operation<string> {
    return new WholeBody(this, 'text()', textOf, options);
  }

  /**
   * Reads the whole body and parses it as JSON. The type `T` is not checked.
   *
   * @throws SyntaxError if the body is not JSON
   */
  json<T = unknown>(options?: ReadBodyOptions): Operation<T> {
    return new WholeBody(this, 'json()', (chunks, length) => JSON.parse(textOf(chunks, length)) as T, options);
  }

  /** Reads the whole body into its own memory. */
  bytes(options?: ReadBodyOptions): Operation<Uint8Array> {
    return new WholeBody(this, 'bytes()', bytesOf, options);
  }

  /** The same, as an ArrayBuffer. */
  arrayBuffer(options?: ReadBodyOptions): Operation<ArrayBuffer> {
    return new WholeBody(this, 'arrayBuffer()', (chunks, length) => bytesOf(chunks, length).buffer, options);
  }

  /** The same, as a Blob of the response's content type. */
  blob(options?: ReadBodyOptions): Operation<Blob> {
    const type = this.exchange.headers['content-type'];
    const blobOf = (chunks: Buffer[]): Blob => new Blob(chunks, { type: String(type ?? '') });
    return new WholeBody(this, 'blob()', blobOf, options);
  }

  /**
   * Reads the rest and discards it, so that the connection can be reused. If the rest is longer than `limit` (131,072
   * bytes by default), the connection is closed instead. A broken connection is not an error here.
   *
   * @param options `limit` in bytes, and `timeout` in milliseconds
   * @throws Timeout if the rest has not arrived in time
   */
  dump(options?: ReadBodyOptions): Operation<void> {
    return new Dump(this, options);
  }

  /**
   * Drops the rest at once. Closes the connection unless the whole body has arrived. A waiting reader gets an error.
   */
  cancel(): void {
    this.exchange.giveUp(`${this.exchange.name} was cancelled`);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** @internal Binds the body to the running greenlet. */
  handOver(): void {
    const { exchange } = this;
    if (exchange.over) return;
    exchange.bindTo(kernel.current);
    dropped.register(this, exchange);
  }
}
