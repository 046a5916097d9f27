import { Buffer } from 'node:buffer';

/** Chunks smaller than this are joined, so that a slow drip of bytes does not create many objects. */
const SMALL = 512;

/** How many empty slots may be at the front before the array is cut. */
const MOST_TAKEN = 64;

/**
 * The bytes that have arrived and were not read, in the chunks in which they came. Bytes are copied only if a read
 * spans several chunks, and then only once.
 *
 *     chunks: [taken] [taken] [··xxxxx] [xxxxxx] [xxx]
 *                             first, from `offset` on
 */
export class ReadBuffer {
  /** How many bytes it holds. */
  length = 0;
  /** How many bytes have been taken so far. */
  taken = 0;
  /** Chunks are in the slots from `first` up to `last`; the others are empty. Shrinking the array would be slow. */
  private chunks: Buffer[] = [];
  private first = 0;
  private last = 0;
  private offset = 0;

  push(chunk: Buffer): void {
    this.length += chunk.length;
    // Leave the first chunk alone, because a part of it may have been taken.
    if (chunk.length < SMALL && this.last - this.first > 1) {
      const previous = this.chunks[this.last - 1] as Buffer;
      if (previous.length < SMALL) {
        this.chunks[this.last - 1] = Buffer.concat([previous, chunk]);
        return;
      }
    }
    this.chunks[this.last] = chunk;
    this.last += 1;
  }

  /** Removes and returns the first `count` bytes. It must hold that many. */
  take(count: number): Buffer {
    const front = this.front;
    const end = this.offset + count;
    let bytes: Buffer;
    if (end > front.length) bytes = this.peek(0, count);
    // Usually a read takes exactly one chunk, which needs no view.
    else bytes = count === front.length ? front : front.subarray(this.offset, end);
    this.drop(count);
    return bytes;
  }

  /** Returns all bytes, without removing them. */
  all(): Buffer {
    return this.length === 0 ? EMPTY : this.peek(0, this.length);
  }

  clear(): void {
    this.drop(this.length);
  }

  /**
   * Returns where `sought` begins, or -1.
   *
   * @param from where to start searching; `sought` is known not to begin before it
   */
  indexOf(sought: Buffer, from: number): number {
    if (this.last - this.first === 1) {
      const found = this.front.indexOf(sought, from + this.offset);
      return found < 0 ? -1 : found - this.offset;
    }
    let { index, start } = this.chunkAt(from);
    for (let at = from; index < this.last; index += 1) {
      const chunk = this.chunks[index] as Buffer;
      const skipped = index === this.first ? this.offset : 0;
      const found = chunk.indexOf(sought, at - start + skipped);
      if (found >= 0) return start + found - skipped;
      const end = start + chunk.length - skipped;
      // It may begin in this chunk and end in a later one.
      const seam = Math.max(at, end - sought.length + 1);
      const across = seam < end ? this.peek(seam, end - seam + sought.length - 1).indexOf(sought) : -1;
      if (across >= 0) return seam + across;
      start = end;
      at = end;
    }
    return -1;
  }

  /** Returns up to `count` bytes from position `from`, without removing them. */
  private peek(from: number, count: number): Buffer {
    const end = Math.min(from + count, this.length);
    let { index, start } = this.chunkAt(from);
    const parts: Buffer[] = [];
    for (let at = from; at < end; index += 1) {
      const chunk = this.chunks[index] as Buffer;
      const skipped = index === this.first ? this.offset : 0;
      const chunkEnd = start + chunk.length - skipped;
      const partEnd = Math.min(end, chunkEnd);
      parts.push(chunk.subarray(at - start + skipped, partEnd - start + skipped));
      at = partEnd;
      start = chunkEnd;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  private drop(count: number): void {
    this.length -= count;
    this.taken += count;
    this.offset += count;
    while (this.first < this.last) {
      const { length } = this.front;
      if (this.offset < length) break;
      this.offset -= length;
      this.chunks[this.first] = EMPTY;
      this.first += 1;
    }
    if (this.first === this.last) {
      this.first = 0;
      this.last = 0;
    } else if (this.first > Math.max(MOST_TAKEN, this.last / 2)) {
      this.chunks = this.chunks.slice(this.first, this.last);
      this.last -= this.first;
      this.first = 0;
    }
  }

  /** The first chunk, a part of which may have been taken. */
  private get front(): Buffer {
    return this.first < this.last ? (this.chunks[this.first] as Buffer) : EMPTY;
  }

  /** The chunk that contains a byte, and where that chunk begins. Usually it is the first chunk or one of the last. */
  private chunkAt(position: number): { index: number; start: number } {
    if (this.first === this.last || position < this.front.length - this.offset) return { index: this.first, start: 0 };
    let index = this.last;
    let start = this.length;
    while (start > position) {
      index -= 1;
      start -= (this.chunks[index] as Buffer).length;
    }
    // The loop never reaches the first chunk, whose length would be wrong because a part of it was taken.
    return { index, start };
  }
}

const EMPTY = Buffer.alloc(0);
