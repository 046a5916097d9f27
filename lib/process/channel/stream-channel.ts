import type { Duplex } from 'node:stream';
import { host } from '../../hub/loop/host.ts';
import type { Channel } from './channel.ts';
import { FrameReader, frameOf, LONGEST_MESSAGE } from './frames.ts';
import { Inbox } from './inbox.ts';

export interface StreamChannelOptions {
  /** A longer message is a RangeError at the sender, and ends the connection at the receiver. */
  maxMessageBytes?: number;
  /** Called before the channel is dropped, because what arrived was garbage or too long. */
  onGarbage?: (error: unknown) => void;
}

/** Frames up to this size together are copied into one buffer, which costs less than a vector of many small ones. */
const COPIED_BYTES = 256 * 1024;

/**
 * The channel over a stream: a socket or a pipe. The messages of one turn are written together.
 *
 * @param stream nobody else may use it
 */
export function streamChannel(stream: Duplex, options: StreamChannelOptions = {}): StreamChannel {
  return new StreamChannel(stream, options);
}

/** A stream whose handle can keep the event loop alive. */
type Referable = Duplex & { ref?(): unknown; unref?(): unknown };

export class StreamChannel implements Channel {
  /** The longest message. It may change during the life of the channel, as when a client has proved who it is. */
  maxMessageBytes: number;
  private readonly stream: Referable;
  private readonly inbox = new Inbox();
  private frames: Buffer[] = [];
  private bytes = 0;

  constructor(stream: Duplex, { maxMessageBytes = LONGEST_MESSAGE, onGarbage }: StreamChannelOptions) {
    this.maxMessageBytes = maxMessageBytes;
    this.stream = stream;
    const reader = new FrameReader(
      (message) => this.inbox.deliver(message),
      () => this.maxMessageBytes,
    );
    stream.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        onGarbage?.(error);
        stream.destroy();
      }
    });
    surviveFailedWrites(stream);
    // 'close' follows, which is all there is to know.
    stream.on('error', () => {});
    stream.on('close', () => this.inbox.close());
    this.unref();
  }

  get isLimited(): boolean {
    return this.maxMessageBytes < LONGEST_MESSAGE;
  }

  post(message: unknown): void {
    this.postFrame(frameOf(message, this.maxMessageBytes));
  }

  /** Posts a message that `frameOf()` has copied before. */
  postFrame(frame: Buffer): void {
    this.frames.push(frame);
    this.bytes += frame.length;
    if (this.frames.length === 1) host.microtask(this.flush);
  }

  /** Writes what was posted in this turn. */
  readonly flush = (): void => {
    const { frames, bytes, stream } = this;
    if (frames.length === 0) return;
    this.frames = [];
    this.bytes = 0;
    if (stream.destroyed || stream.writableEnded) return;
    if (frames.length === 1 || bytes <= COPIED_BYTES) {
      stream.write(frames.length === 1 ? frames[0] : Buffer.concat(frames, bytes));
      return;
    }
    stream.cork();
    for (const frame of frames) stream.write(frame);
    stream.uncork();
  };

  onMessage(listener: (message: unknown) => void): void {
    this.inbox.onMessage(listener);
  }

  onClose(listener: () => void): void {
    this.inbox.onClose(listener);
  }

  close(): void {
    this.flush();
    this.stream.end();
  }

  /** Closes it like `close()`, and waits until everything is handed to the system, or nobody can receive it. */
  finished(): Promise<void> {
    this.flush();
    return new Promise((settle) => {
      this.stream.end(settle);
      this.inbox.onClose(settle);
    });
  }

  ref(): void {
    this.stream.ref?.();
  }

  unref(): void {
    this.stream.unref?.();
  }
}

/**
 * Node destroys a socket when a write fails. If the other side has ended, its last messages may still wait to be read then, among them
 * the result of a process. So a failed write counts as done, and the channel ends when there is nothing left to read.
 */
function surviveFailedWrites(stream: Duplex): void {
  const { _write: write, _writev: writev } = stream;
  stream._write = (chunk, encoding, done) => write.call(stream, chunk, encoding, () => done());
  if (writev) stream._writev = (chunks, done) => writev.call(stream, chunks, () => done());
}
