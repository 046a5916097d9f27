import { Buffer } from 'node:buffer';
import { frameOf, messageOf } from '../channel/frames.ts';
import { network } from '../network/network.ts';
import { type Encoded, encode } from '../travel/encode.ts';

/** A value as it travels through a pipe. */
export interface Parcel {
  readonly content: unknown;
  readonly bytes: number;
  /** True if it contains memory that only the threads of the maker's process share. */
  readonly isForThreads: boolean;
}

/** How many bytes a value counts that is not sent as bytes. */
const UNKNOWN_BYTES = 1_024;

/**
 * Makes a value ready to be sent.
 *
 * Shared memory can be sent where both ends may be in threads of the maker's process. Only such a value is not
 * sent as bytes.
 *
 * @param maker the node in which the pipe lives
 * @throws TypeError if something inside cannot be sent, with its path
 */
export function parcelOf(value: unknown, maker: string): Parcel {
  let encoded: Encoded;
  try {
    encoded = encode(value, 'value', { toThread: false, use: 'value' });
  } catch (error) {
    if (!network.isOfThisProcess(maker)) throw error;
    encoded = encode(value, 'value', { toThread: true, use: 'value' });
    return { content: structuredClone(encoded), bytes: UNKNOWN_BYTES, isForThreads: true };
  }
  const frame = frameOf(encoded);
  // A small Buffer is a part of a pool of memory, and a clone contains the whole pool.
  const content = frame.length === frame.buffer.byteLength ? frame : new Uint8Array(frame);
  return { content, bytes: frame.length, isForThreads: false };
}

/** Unpacks a parcel. */
export function contentOf({ content, isForThreads }: Parcel): Encoded {
  if (isForThreads) return content as Encoded;
  const { buffer, byteOffset, byteLength } = content as Uint8Array;
  return messageOf(Buffer.from(buffer, byteOffset, byteLength)) as Encoded;
}
