/** Reads a whole stream, of any kind: the body of an incoming request, of an answer of `node:http`, … */

import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Operation } from '../greenlet/operation.ts';
import { checkedOptions } from '../hub/checks/options.ts';
import { LimitExceededError } from './errors.ts';
import type { ReadBuffer } from './read-buffer.ts';
import { Reading } from './reading.ts';
import { transportOf } from './transport.ts';
import { bytesOf, checkedLimit, READ_BODY_OPTIONS, type ReadBodyOptions, textOf } from './whole-body.ts';

/**
 * Reads the rest of a stream as UTF-8, without a byte order mark.
 *
 * @param options `limit` in bytes, unbounded by default, and `timeout` in milliseconds
 * @returns an operation that gives the text
 * @throws LimitExceededError if the stream is longer than `limit`, and Timeout if it has not ended in time: in both
 *   cases nothing is taken; ConcurrentUseError if another greenlet reads it; the error that breaks the stream
 */
export function text(stream: Readable, options?: ReadBodyOptions): Operation<string> {
  return new WholeStream(
    stream,
    (bytes) => textOf([bytes], bytes.length),
    checkedOptions(options, READ_BODY_OPTIONS, 'text()'),
  );
}

/**
 * The same, parsed as JSON. The type `T` is not checked.
 *
 * @throws SyntaxError if the text is not JSON
 */
export function json<T = unknown>(stream: Readable, options?: ReadBodyOptions): Operation<T> {
  return new WholeStream(
    stream,
    (bytes) => JSON.parse(textOf([bytes], bytes.length)) as T,
    checkedOptions(options, READ_BODY_OPTIONS, 'json()'),
  );
}

/** The same, as bytes in their own memory. */
export function bytes(stream: Readable, options?: ReadBodyOptions): Operation<Uint8Array> {
  return new WholeStream(
    stream,
    (all) => bytesOf([all], all.length),
    checkedOptions(options, READ_BODY_OPTIONS, 'bytes()'),
  );
}

class WholeStream<T> extends Reading<T> {
  protected readonly what = 'the whole body';
  private readonly convert: (bytes: Buffer) => T;
  private readonly limit: number;

  constructor(stream: Readable, convert: (bytes: Buffer) => T, options: ReadBodyOptions | undefined) {
    super(transportOf(stream), options);
    this.convert = convert;
    this.limit = checkedLimit(options?.limit ?? Infinity);
  }

  protected takeFrom(buffer: ReadBuffer): boolean {
    if (buffer.length > this.limit) {
      const { name } = this.transport;
      throw new LimitExceededError(`${name} is longer than its limit of ${this.limit} bytes`, this.limit);
    }
    return false;
  }

  protected atEnd(buffer: ReadBuffer): T {
    return this.convert(buffer.length === 0 ? EMPTY : buffer.take(buffer.length));
  }
}

const EMPTY = Buffer.alloc(0);
