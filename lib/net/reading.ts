import { Buffer } from 'node:buffer';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames, TIMEOUT } from '../hub/checks/options.ts';
import { leaveQueue } from '../hub/loop/wait-queue.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { standInLine } from '../hub/parking/taking.ts';
import { ConcurrentUseError, LimitExceededError, PrematureEndError } from './errors.ts';
import { OutsideWait } from './outside-wait.ts';
import type { ReadBuffer } from './read-buffer.ts';
import type { Reader } from './read-side.ts';
import { safeText } from './safe-text.ts';
import type { Transport } from './transport.ts';

export interface ReadUntilOptions extends TimeoutOption {
  /** The largest number of bytes to read, including the delimiter; 65,536 by default. */
  limit?: number | undefined;
}

export interface ReadLineOptions extends ReadUntilOptions {
  /** The encoding of the line; UTF-8 by default. */
  encoding?: BufferEncoding | undefined;
}

const READ_UNTIL_OPTIONS: OptionNames<ReadUntilOptions> = { timeout: 'number', limit: 'number' };
const READ_LINE_OPTIONS: OptionNames<ReadLineOptions> = { ...READ_UNTIL_OPTIONS, encoding: 'string' };

const LIMIT = 64 * 1024;
const LINE_FEED = Buffer.from('\n');
const EMPTY = Buffer.alloc(0);

/** `recv()` for any stream. */
export function recv(transport: Transport, max?: number, options?: TimeoutOption): Operation<Buffer> {
  if (max !== undefined) checkedBytes(max, 1, 'the maximum of recv()');
  return new Recv(transport, max, checkedOptions(options, TIMEOUT, 'recv()'));
}

/** `recvExactly()` for any stream. */
export function recvExactly(transport: Transport, count: number, options?: TimeoutOption): Operation<Buffer> {
  if (count === Infinity) throw new RangeError('recvExactly() takes a number of bytes, not Infinity');
  checkedOptions(options, TIMEOUT, 'recvExactly()');
  return new RecvExactly(transport, checkedBytes(count, 0, 'the count of recvExactly()'), options);
}

/** `readUntil()` for any stream. A delimiter that is a Buffer is not copied. */
export function readUntil(
  transport: Transport,
  delimiter: string | Uint8Array,
  options?: ReadUntilOptions,
): Operation<Buffer> {
  const bytes = Buffer.isBuffer(delimiter) ? delimiter : Buffer.from(delimiter as string);
  if (bytes.length === 0) throw new RangeError('readUntil() takes a delimiter of one byte or more');
  return new ReadUntil(transport, bytes, checkedOptions(options, READ_UNTIL_OPTIONS, 'readUntil()'));
}

/** `readLine()` for any stream. */
export function readLine(transport: Transport, options?: ReadLineOptions): Operation<string | null> {
  return new ReadLine(transport, checkedOptions(options, READ_LINE_OPTIONS, 'readLine()'));
}

/** @throws RangeError unless `count` is a whole number of bytes, or Infinity */
function checkedBytes(count: number, least: number, what: string): number {
  if (count !== Infinity && !(Number.isInteger(count) && count >= least)) {
    throw new RangeError(`${what} must be a whole number of bytes, at least ${least}, not ${safeText(count)}`);
  }
  return count;
}

/** @throws TypeError if Buffer does not know the encoding, or if a line feed has two bytes in it, as in UTF-16 */
function checkedEncoding(encoding: BufferEncoding): BufferEncoding {
  if (!Buffer.isEncoding(encoding) || Buffer.byteLength('\n', encoding) > 1)
    throw new TypeError(`readLine() takes an encoding such as utf8, not ${safeText(encoding)}`);
  return encoding;
}

/** Waits for bytes. They are taken only when the wait ends. */
export abstract class Reading<T> extends OutsideWait<T> implements Reader {
  protected readonly transport: Transport;

  constructor(transport: Transport, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.transport = transport;
  }

  /** What it waits for, in words. */
  protected abstract readonly what: string;

  /** Takes bytes, sets `value` and returns true. Returns false if not enough bytes have arrived. */
  protected abstract takeFrom(buffer: ReadBuffer): boolean;

  /** Returns the value at the end of the stream, when nothing more will arrive. */
  protected abstract atEnd(buffer: ReadBuffer): T;

  /** @internal */
  takeWhole(_chunk: Buffer): boolean {
    return false;
  }

  /** Ends the wait with bytes that bypass the buffer. */
  protected takePast(value: T): true {
    leaveQueue(this);
    this.complete(value);
    return true;
  }

  /** @internal It takes bytes. */
  override get mayHold(): true {
    return true;
  }

  describe(): string {
    return `${this.what} from ${this.transport.name}`;
  }

  protected override tryNow(): boolean {
    const { transport } = this;
    const { reads } = transport;
    reads.begin();
    const first = reads.readers.head();
    if (first !== null && first !== (this as unknown)) {
      throw new ConcurrentUseError(
        `another greenlet is already reading ${transport.name} (${first.describe()}): let one greenlet read, or hold a Lock`,
      );
    }
    transport.checkOpen();
    if (this.takeFrom(reads.buffer)) reads.flow();
    else if (reads.ended) this.value = this.atEnd(reads.buffer);
    else {
      transport.checkAlive();
      return false;
    }
    return true;
  }

  protected override register(): void {
    super.register();
    const { reads } = this.transport;
    standInLine(this as Reading<unknown>, reads.readers);
    reads.flow();
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.describe()} did not arrive within ${timeout} ms`);
  }

  protected premature(buffer: ReadBuffer): PrematureEndError {
    const partial = buffer.take(buffer.length);
    const { name } = this.transport;
    return new PrematureEndError(`${name} ended after ${partial.length} bytes, before ${this.what} arrived`, partial);
  }
}

class Recv extends Reading<Buffer> {
  private readonly max: number | undefined;

  constructor(transport: Transport, max: number | undefined, options: TimeoutOption | undefined) {
    super(transport, options);
    this.max = max;
  }

  protected get what(): string {
    return 'data';
  }

  override takeWhole(chunk: Buffer): boolean {
    // An empty chunk would look like the end of the stream.
    return chunk.length > 0 && (this.max === undefined || chunk.length <= this.max) && this.takePast(chunk);
  }

  protected takeFrom(buffer: ReadBuffer): boolean {
    if (buffer.length === 0) return false;
    const { max } = this;
    this.value = buffer.take(max === undefined || max > buffer.length ? buffer.length : max);
    return true;
  }

  protected atEnd(): Buffer {
    return EMPTY;
  }
}

class RecvExactly extends Reading<Buffer> {
  private readonly count: number;

  constructor(transport: Transport, count: number, options: TimeoutOption | undefined) {
    super(transport, options);
    this.count = count;
  }

  protected get what(): string {
    return `${this.count} bytes`;
  }

  override takeWhole(chunk: Buffer): boolean {
    return chunk.length === this.count && this.takePast(chunk);
  }

  protected takeFrom(buffer: ReadBuffer): boolean {
    if (buffer.length < this.count) return false;
    this.value = this.count === 0 ? EMPTY : buffer.take(this.count);
    return true;
  }

  protected atEnd(buffer: ReadBuffer): Buffer {
    throw this.premature(buffer);
  }
}

/** The base of `readUntil()` and `readLine()`: it searches for a delimiter and looks at each byte once. */
abstract class Delimited<T> extends Reading<T> {
  protected readonly delimiter: Buffer;
  private readonly limit: number;
  /** The delimiter is known not to begin in this many bytes. */
  private searched: number;
  /** The buffer's `taken` when `searched` was set. If it has changed since, `searched` is void. */
  private asOf: number;

  constructor(transport: Transport, delimiter: Buffer, options: ReadUntilOptions | undefined) {
    super(transport, options);
    this.delimiter = delimiter;
    this.limit = checkedBytes(options?.limit ?? LIMIT, 1, 'the limit');
    this.searched = 0;
    this.asOf = 0;
  }

  protected abstract found(bytes: Buffer): T;

  override takeWhole(chunk: Buffer): boolean {
    const { delimiter } = this;
    const end = chunk.length - delimiter.length;
    // A quick test: the last byte excludes most chunks that do not end with the delimiter.
    if (end < 0 || chunk[chunk.length - 1] !== delimiter[delimiter.length - 1]) return false;
    if (chunk.length > this.limit || chunk.indexOf(delimiter) !== end) return false;
    return this.takePast(this.found(chunk));
  }

  protected takeFrom(buffer: ReadBuffer): boolean {
    const { delimiter, limit } = this;
    const from = this.asOf === buffer.taken ? this.searched : 0;
    const index = buffer.indexOf(delimiter, Math.min(from, buffer.length));
    const length = index < 0 ? buffer.length + 1 : index + delimiter.length;
    if (length > limit) {
      throw new LimitExceededError(`${this.describe()} did not arrive within the limit of ${limit} bytes`, limit);
    }
    if (index >= 0) {
      this.value = this.found(buffer.take(length));
      return true;
    }
    this.searched = Math.max(0, buffer.length - delimiter.length + 1);
    this.asOf = buffer.taken;
    return false;
  }
}

class ReadUntil extends Delimited<Buffer> {
  protected get what(): string {
    return `data up to ${JSON.stringify(this.delimiter.toString('latin1'))}`;
  }

  protected found(bytes: Buffer): Buffer {
    return bytes;
  }

  protected atEnd(buffer: ReadBuffer): Buffer {
    throw this.premature(buffer);
  }
}

class ReadLine extends Delimited<string | null> {
  private readonly encoding: BufferEncoding;

  constructor(transport: Transport, options: ReadLineOptions | undefined) {
    super(transport, LINE_FEED, options);
    this.encoding = checkedEncoding(options?.encoding ?? 'utf8');
  }

  protected get what(): string {
    return 'a line';
  }

  protected found(bytes: Buffer): string {
    const end = bytes.length - (bytes.length > 1 && bytes[bytes.length - 2] === 0x0d ? 2 : 1);
    return bytes.toString(this.encoding, 0, end);
  }

  protected atEnd(buffer: ReadBuffer): string | null {
    return buffer.length === 0 ? null : buffer.take(buffer.length).toString(this.encoding);
  }
}
