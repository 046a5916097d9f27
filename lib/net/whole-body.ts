import { Buffer } from 'node:buffer';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import type { OptionNames } from '../hub/checks/options.ts';
import { safeText } from './safe-text.ts';

/** How to read the body of a message as a whole. */
export interface ReadBodyOptions extends TimeoutOption {
  /** The largest number of bytes to read; unbounded by default. */
  limit?: number | undefined;
}

export const READ_BODY_OPTIONS: OptionNames<ReadBodyOptions> = { timeout: 'number', limit: 'number' };

/** @throws RangeError unless `limit` is a number of bytes, or Infinity */
export function checkedLimit(limit: number): number {
  if (!(limit >= 0)) throw new RangeError(`the limit must be a number of bytes, at least 0, not ${safeText(limit)}`);
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
