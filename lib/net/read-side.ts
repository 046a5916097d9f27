import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { WaitQueue } from '../hub/loop/wait-queue.ts';
import type { Taking } from '../hub/parking/taking.ts';
import { ConcurrentUseError } from './errors.ts';
import { ReadBuffer } from './read-buffer.ts';
import type { Transport } from './transport.ts';

/** If the buffer holds this many bytes and has no reader, the stream is paused … */
const HIGH = 64 * 1024;
/** … until the buffer holds no more than this. */
const LOW = HIGH / 2;

/** The events by which other code reads a stream. */
const FOREIGN_READERS = ['data', 'readable'];

/** A wait for bytes. */
export interface Reader extends Taking {
  /** Ends the wait with a chunk, if the buffer is empty and the chunk is exactly what the reader waits for. */
  takeWhole(chunk: Buffer): boolean;
}

/** The line of readers. When a reader returns to it, the stream may flow again. */
class ReaderLine extends WaitQueue<Reader> {
  private readonly reads: ReadSide;

  constructor(reads: ReadSide) {
    super();
    this.reads = reads;
  }

  override insertAfter(reader: Reader, before: Reader | null): void {
    super.insertAfter(reader, before);
    this.reads.flow();
  }
}

/**
 * The reading side of a transport: the bytes that have arrived, and the reader that waits for more. Once a greenlet has
 * read a stream, the stream flows into the buffer even without a waiter, because Node reports a lost connection only
 * to a reader. If a program takes the stream over (`on('data')`, `pipe()`, `for await`), it gets what was read ahead.
 */
export class ReadSide {
  readonly buffer: ReadBuffer;
  /** At most one. */
  readonly readers: WaitQueue<Reader>;
  /** The peer has ended its side. Everything it sent is in the buffer or was taken. */
  ended: boolean;
  private readonly transport: Transport;
  private readonly stream: Duplex;
  private paused: boolean;
  private reading: boolean;
  private readonly onData: (chunk: Buffer | string) => void;
  private readonly onNewListener: (event: string | symbol, listener: unknown) => void;

  constructor(transport: Transport) {
    this.buffer = new ReadBuffer();
    this.readers = new ReaderLine(this);
    this.ended = false;
    this.transport = transport;
    this.stream = transport.stream;
    this.paused = false;
    this.reading = false;
    this.onData = (chunk) => this.arrived(chunk);
    this.onNewListener = (event, listener) => {
      if (listener !== this.onData && FOREIGN_READERS.includes(event as string)) this.handOver();
    };
  }

  /** Reads the stream from now on, until other code takes it over. */
  begin(): void {
    if (this.reading) return;
    const { foreignReader, stream, transport } = this;
    transport.watch();
    if (foreignReader !== undefined) {
      throw new ConcurrentUseError(
        `${transport.name} is read by a listener to its '${foreignReader}' event (or a pipe, or a for await): only one reader is allowed`,
      );
    }
    if (stream.readableObjectMode) {
      throw new TypeError(`${transport.name} is a stream of objects: read it with forEach()`);
    }
    this.reading = true;
    stream.on('newListener', this.onNewListener);
    if (this.ended || stream.destroyed) return;
    stream.on('data', this.onData);
    // A listener alone does not resume a stream that was paused before.
    stream.resume();
  }

  /** True while other code reads the stream, by a listener, a pipe or a `for await`. */
  get isTakenOver(): boolean {
    return this.foreignReader !== undefined;
  }

  /** Pauses the stream if the buffer is full and has no reader. Resumes it when there is room or a reader. */
  flow(): void {
    const { length } = this.buffer;
    if (this.paused && (length <= LOW || this.readers.first !== null)) {
      this.paused = false;
      this.stream.resume();
    } else if (!this.paused && this.reading && length >= HIGH && this.readers.first === null) {
      this.paused = true;
      this.stream.pause();
    }
  }

  end(): void {
    this.ended = true;
    this.serveReader();
  }

  /** Lets the reader look at the buffer and at the state of the connection. */
  serveReader(): void {
    const reader = this.readers.shift();
    if (reader !== null && !reader.tryAgain()) this.readers.push(reader);
  }

  /** The event by which other code reads the stream; undefined if no other code does. */
  private get foreignReader(): string | undefined {
    return this.reading ? undefined : FOREIGN_READERS.find((event) => this.stream.listenerCount(event) > 0);
  }

  private arrived(chunk: Buffer | string): void {
    if (this.transport.isAbandoned) return;
    const first = this.readers.head();
    // Most often a whole message arrives at once, and a reader waits for it.
    if (first !== null && this.buffer.length === 0 && typeof chunk !== 'string' && first.takeWhole(chunk)) return;
    this.buffer.push(typeof chunk === 'string' ? Buffer.from(chunk, this.stream.readableEncoding ?? 'utf8') : chunk);
    this.serveReader();
    this.flow();
  }

  /** Gives the stream, and what was read ahead, to other code that begins to read it. */
  private handOver(): void {
    const { buffer, stream, transport } = this;
    const reader = this.readers.head();
    if (reader !== null) {
      throw new ConcurrentUseError(
        `a greenlet is already reading ${transport.name} (${reader.describe()}): only one reader is allowed`,
      );
    }
    // A stream takes nothing back after its end.
    if (buffer.length > 0 && (this.ended || stream.destroyed)) {
      throw new ConcurrentUseError(
        `${buffer.length} bytes of ${transport.name} were read ahead, and it has ended: take them with recv()`,
      );
    }
    this.reading = false;
    stream.off('newListener', this.onNewListener).off('data', this.onData);
    if (buffer.length > 0) stream.unshift(buffer.take(buffer.length));
    if (this.paused) stream.resume();
    this.paused = false;
  }
}
