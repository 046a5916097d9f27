import { Blob, Buffer } from 'node:buffer';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { line, TEXT } from '../greenlet/shown.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { ConcurrentUseError, LimitExceededError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';
import type { BodyReader, Exchange } from './request-exchange.ts';
import { shown } from './shown.ts';

export interface ReadBodyOptions extends TimeoutOption {
  /** The largest number of bytes to read; unbounded by default. */
  limit?: number | undefined;
}

export const READ_BODY_OPTIONS: OptionNames<ReadBodyOptions> = { timeout: 'number', limit: 'number' };

/** How many bytes `dump()` reads by default to keep the connection. */
const DUMP_LIMIT = 128 * 1024;

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

/** Waits for the body. If the wait is cancelled, the rest is dropped. */
abstract class BodyRead<T> extends OutsideWait<T> implements BodyReader {
  abstract readonly greedy: boolean;
  protected readonly body: HttpBody;

  constructor(body: HttpBody, options: TimeoutOption | undefined) {
    super(options);
    this.body = body;
  }

  /** Takes what has arrived. If that ends the wait, it sets `value` and returns true, or throws. */
  protected abstract take(exchange: Exchange): boolean;

  /** Called before the wait. Throws if the body must not be read in this way. */
  protected begin(_exchange: Exchange): void {}

  /** False, because a cancelled read drops the rest of the body anyway. */
  override get holds(): boolean {
    return false;
  }

  arrived(): boolean {
    return this.retry();
  }

  protected tryNow(): boolean {
    const { exchange } = this.body;
    const reader = exchange.readByNow;
    if (reader !== this) {
      if (reader !== null) {
        throw new ConcurrentUseError(`another greenlet is already reading ${exchange.name}: let one greenlet read it`);
      }
      this.begin(exchange);
      exchange.used = true;
    }
    const taken = this.take(exchange);
    if (reader !== this) exchange.bindTo(kernel.current);
    return taken;
  }

  protected enqueue(): void {
    this.body.exchange.readBy(this);
  }

  override abort(): void {
    this.body.exchange.leave(this);
    super.abort();
  }

  protected override cancelled(): void {
    this.body.exchange.giveUp(`${this.body.exchange.name} was dropped: a read of it was cancelled`);
  }

  protected timedOut(timeout: number): T {
    // Without a wait, nothing else calls cancelled().
    if (timeout === 0) this.cancelled();
    throw new Timeout(timeout, `${this.describe()} did not arrive within ${timeout} ms`);
  }
}

class WholeBody<T> extends BodyRead<T> {
  readonly greedy = true;
  private readonly what: string;
  private readonly convert: (chunks: Buffer[], length: number) => T;
  private readonly limit: number;

  constructor(
    body: HttpBody,
    what: string,
    convert: (chunks: Buffer[], length: number) => T,
    options: ReadBodyOptions | undefined,
  ) {
    super(body, checkedOptions(options, READ_BODY_OPTIONS, `body.${what}`));
    this.what = what;
    this.convert = convert;
    this.limit = checkedLimit(options?.limit ?? Infinity);
  }

  describe(): string {
    return `${this.what} of ${this.body.exchange.name}`;
  }

  protected override begin(exchange: Exchange): void {
    if (exchange.used) {
      throw new TypeError(
        `${exchange.name} was already read: keep the result of the first read, or make another request`,
      );
    }
  }

  protected take(exchange: Exchange): boolean {
    const { chunks, length } = exchange;
    if (length > this.limit) {
      const error = new LimitExceededError(
        `${exchange.name} is longer than its limit of ${this.limit} bytes`,
        this.limit,
      );
      exchange.chunks = [];
      exchange.drop(error);
      throw error;
    }
    if (exchange.stage === 'failed') throw exchange.failure;
    if (exchange.stage !== 'ended') return false;
    exchange.chunks = [];
    exchange.length = 0;
    this.value = this.convert(chunks, length);
    return true;
  }
}

class NextChunk extends BodyRead<IteratorResult<Buffer, undefined>> {
  readonly greedy = false;

  describe(): string {
    return `the next piece of ${this.body.exchange.name}`;
  }

  protected take(exchange: Exchange): boolean {
    const value = exchange.chunks.shift();
    if (value !== undefined) {
      exchange.length -= value.length;
      this.value = { done: false, value };
      exchange.flow();
      return true;
    }
    if (exchange.stage === 'failed') throw exchange.failure;
    if (exchange.stage !== 'ended') return false;
    this.value = { done: true, value: undefined };
    return true;
  }
}

class Dump extends BodyRead<void> {
  readonly greedy = true;
  private readonly limit: number;
  private read = 0;

  constructor(body: HttpBody, options: ReadBodyOptions | undefined) {
    super(body, checkedOptions(options, READ_BODY_OPTIONS, 'body.dump()'));
    this.limit = checkedLimit(options?.limit ?? DUMP_LIMIT);
  }

  describe(): string {
    return `the end of ${this.body.exchange.name}`;
  }

  protected take(exchange: Exchange): boolean {
    this.read += exchange.length;
    exchange.chunks = [];
    exchange.length = 0;
    if (this.read > this.limit) this.body.cancel();
    return exchange.over;
  }

  protected override reset(): void {
    super.reset();
    this.read = 0;
  }
}

/** @throws RangeError unless `limit` is a number of bytes, or Infinity */
export function checkedLimit(limit: number): number {
  if (!(limit >= 0)) throw new RangeError(`the limit must be a number of bytes, at least 0, not ${shown(limit)}`);
  return limit;
}

export function textOf(chunks: Buffer[], length: number): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  const hasMark = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

/** Copies bytes into their own ArrayBuffer. (Only TypeScript 5.7 and later know `Uint8Array<ArrayBuffer>`.) */
export function bytesOf(chunks: Buffer[], length: number): Uint8Array & { readonly buffer: ArrayBuffer } {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
