import { Buffer } from 'node:buffer';

/** Chunks that are smaller than this are put together, so that a drip of bytes is not a heap of objects. */
const SMALL = 512;

/** How many chunks at the front may have been taken before the list is cut. */
const MOST_TAKEN = 64;

/**
 * The bytes that have arrived and that nobody has read, in the chunks that they came in. Bytes are copied only where one
 * read spans several chunks, and then just once.
 *
 *     chunks: [taken] [taken] [··xxxxx] [xxxxxx] [xxx]
 *                             first, from `offset` on
 */
export class ReadBuffer {
  /** Bytes. */
  length = 0;
  /** How many bytes were taken so far. */
  taken = 0;
  /** In the slots from `first` up to `last`; the others are empty. An array that shrinks is dear. */
  private chunks: Buffer[] = [];
  private first = 0;
  private last = 0;
  private offset = 0;

  push(chunk: Buffer): void {
    this.length += chunk.length;
    // The first one is left alone, because a part of it may have been taken.
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

  /** Takes the first `count` bytes. There must be so many. */
  take(count: number): Buffer {
    const front = this.front;
    const end = this.offset + count;
    let bytes: Buffer;
    if (end > front.length) bytes = this.peek(0, count);
    // Mostly what is taken is what has come in at once: that needs no view of its own.
    else bytes = count === front.length ? front : front.subarray(this.offset, end);
    this.drop(count);
    return bytes;
  }

  clear(): void {
    this.drop(this.length);
  }

  /**
   * Where `sought` begins, or -1.
   *
   * @param from where to begin to look; what lies before it is known not to be the beginning of what is sought
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

  /** The bytes from `from` on, `count` of them or as many as there are. */
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

  /** The chunk that a byte is in, and where that chunk begins: mostly one of the first, or of the last. */
  private chunkAt(position: number): { index: number; start: number } {
    if (this.first === this.last || position < this.front.length - this.offset) return { index: this.first, start: 0 };
    let index = this.last;
    let start = this.length;
    while (start > position) {
      index -= 1;
      start -= (this.chunks[index] as Buffer).length;
    }
    // The first chunk, a part of which was taken, is never come to here.
    return { index, start };
  }
}

const EMPTY = Buffer.alloc(0);
