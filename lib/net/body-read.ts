import type { Buffer } from 'node:buffer';
import { kernel } from '../greenlet/kernel.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions } from '../hub/checks/options.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { ConcurrentUseError, LimitExceededError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';
import type { BodyReader, Exchange } from './request-exchange.ts';
import type { HttpBody } from './response-body.ts';
import { checkedLimit, READ_BODY_OPTIONS, type ReadBodyOptions } from './whole-body.ts';

/** How many bytes `dump()` reads by default to keep the connection. */
const DUMP_LIMIT = 128 * 1024;

/** Waits for the body. If the wait is cancelled, the rest is dropped. So it takes nothing that others would miss. */
abstract class BodyRead<T> extends OutsideWait<T> implements BodyReader {
  abstract readonly greedy: boolean;
  protected readonly body: HttpBody;

  constructor(body: HttpBody, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.body = body;
  }

  /** Takes what has arrived. If that ends the wait, it sets `value` and returns true, or throws. */
  protected abstract take(exchange: Exchange): boolean;

  /** Called before the wait. Throws if the body must not be read in this way. */
  protected begin(_exchange: Exchange): void {}

  arrived(): boolean {
    return this.tryAgain();
  }

  protected override tryNow(): boolean {
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

  protected override register(): void {
    super.register();
    this.body.exchange.readBy(this);
  }

  protected override unregister(): void {
    this.body.exchange.leave(this);
    super.unregister();
  }

  protected override cancelled(): void {
    this.body.exchange.giveUp(`${this.body.exchange.name} was dropped: a read of it was cancelled`);
  }

  timedOut(timeout: number): T {
    // Without a wait, nothing else calls cancelled().
    if (timeout === 0) this.cancelled();
    throw new Timeout(timeout, `${this.describe()} did not arrive within ${timeout} ms`);
  }
}

/** Reads a body as a whole. */
export class WholeBody<T> extends BodyRead<T> {
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

/** Takes the next piece of a body. */
export class NextChunk extends BodyRead<IteratorResult<Buffer, undefined>> {
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

/** Reads the rest of a body and drops it. */
export class Dump extends BodyRead<void> {
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
