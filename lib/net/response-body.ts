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
  /** Bytes, at the most; without bound unless given. */
  limit?: number | undefined;
}

export const READ_BODY_OPTIONS: OptionNames<ReadBodyOptions> = { timeout: 'number', limit: 'number' };

/** How much `dump()` takes for the sake of the connection. */
const DUMP_LIMIT = 128 * 1024;

/** A body that nobody can read any more would hold up its connection for ever. */
const dropped = new FinalizationRegistry<Exchange>((exchange) => exchange.giveUp(`${exchange.name} was never read`));

/**
 * What follows the headers of a response. It can be read once: as a whole, by one of the readers, or piece by piece, with
 * `forEach(body, …)`, `for await` or anything else that takes an async iterable (`pipeline()` of `node:stream` does).
 *
 * The rest of it belongs to the greenlet that reads it (before that, to the one that made the request): a kill, a time
 * limit or a lost `race()` drops it, and closes its connection. Awaited outside greenlets it belongs to none.
 * A body that is not read holds its connection if it is long or slow (one of up to 64 KiB that has arrived does not): until
 * its greenlet is killed, `cancel()`, or the garbage collector finds that nobody can read it. The greenlet's ordinary end
 * does not drop it, since somebody else may have it.
 *
 * All readers throw undici's own errors when the connection breaks (`code`: UND_ERR_SOCKET, UND_ERR_BODY_TIMEOUT,
 * UND_ERR_RES_CONTENT_LENGTH_MISMATCH, ECONNRESET, HPE_INVALID_CHUNK_SIZE, …), Timeout when it has not all come in time,
 * LimitExceededError when it is longer than `limit`; the rest is dropped then and the connection closed. TypeError for a
 * body that was read already, ConcurrentUseError while another greenlet reads it.
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

  /** True when somebody has begun to read it. */
  get used(): boolean {
    return this.exchange.used;
  }

  /** @internal */
  override [TEXT](): string {
    return line('HttpBody', 'HttpBody', this.exchange.name, this.stateText());
  }

  /** @internal Its state, in words. */
  stateText(): string {
    if (this.used) return this.exchange.over ? 'read' : 'being read';
    return this.exchange.over ? 'all of it here' : 'not read';
  }

  /** All of it, as UTF-8, without its byte order mark. */
  text(options?: ReadBodyOptions): Operation<string> {
    return new WholeBody(this, 'text()', textOf, options);
  }

  /**
   * All of it, parsed as JSON. Its type is whatever the caller says.
   *
   * @throws SyntaxError when it is none
   */
  json<T = unknown>(options?: ReadBodyOptions): Operation<T> {
    return new WholeBody(this, 'json()', (chunks, length) => JSON.parse(textOf(chunks, length)) as T, options);
  }

  /** All of it, in memory of its own. */
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
   * Reads the rest and throws it away, so that the connection can be used again. What is longer than `limit` (131,072 bytes
   * unless given) is not waited for: its connection is closed. That the connection breaks is no error here.
   *
   * @throws Timeout when it has not all come in time
   */
  dump(options?: ReadBodyOptions): Operation<void> {
    return new Dump(this, options);
  }

  /** Drops what has not come, and closes the connection unless all had. Who reads gets an error. Acts at once. */
  cancel(): void {
    this.exchange.giveUp(`${this.exchange.name} was cancelled`);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** @internal It was handed to the greenlet that runs now. */
  handOver(): void {
    const { exchange } = this;
    if (exchange.over) return;
    exchange.bindTo(kernel.current);
    dropped.register(this, exchange);
  }
}

/** A wait for the body. Cancelled, it drops the rest. */
abstract class BodyRead<T> extends OutsideWait<T> implements BodyReader {
  abstract readonly greedy: boolean;
  protected readonly body: HttpBody;

  constructor(body: HttpBody, options: TimeoutOption | undefined) {
    super(options);
    this.body = body;
  }

  /** Takes what has come: sets `value` and gives true, or throws, when that ends the wait. */
  protected abstract take(exchange: Exchange): boolean;

  /** Called before it waits; throws when the body must not be read in this way. */
  protected begin(_exchange: Exchange): void {}

  /** What it takes is lost with it. */
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
        throw new ConcurrentUseError(`${exchange.name} is being read already: let one greenlet read it`);
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
    // Without a wait nobody calls cancelled().
    if (timeout === 0) this.cancelled();
    throw new Timeout(timeout, `${this.describe()} did not come within ${timeout} ms`);
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
      throw new TypeError(`${exchange.name} was read already: keep what the first read gave, or make another request`);
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

/** @throws RangeError unless it is a number of bytes, or Infinity */
export function checkedLimit(limit: number): number {
  if (!(limit >= 0)) throw new RangeError(`the limit is a number of bytes, 0 or more, not ${shown(limit)}`);
  return limit;
}

export function textOf(chunks: Buffer[], length: number): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  const hasMark = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

/** Bytes in an ArrayBuffer of their own. (Only TypeScript 5.7 and later know `Uint8Array<ArrayBuffer>`.) */
export function bytesOf(chunks: Buffer[], length: number): Uint8Array & { readonly buffer: ArrayBuffer } {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
