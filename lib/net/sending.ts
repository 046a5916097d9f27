import type { Socket as Stream } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks.ts';
import { Timeout } from '../hub/timeout.ts';
import { OutsideWait } from './outside-wait.ts';
import { type Sender, type Transport, transportOf } from './transport.ts';

/** How many bytes a stream gets at once, so that its own buffers (and those of TLS) stay small. */
const PIECE = 256 * 1024;

/** `sendall()` of any stream. */
export function sendall(stream: Stream, data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
  return new Sending(transportOf(stream), bytesOf(data), options);
}

/** The bytes themselves, not a copy. */
function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`sendall() takes a string or a Uint8Array (a Buffer, say), not ${typeof data}`);
}

class Sending extends OutsideWait<void> implements Sender {
  private readonly transport: Transport;
  private readonly data: Uint8Array;
  /** How many bytes the stream has got. */
  private given = 0;
  /** How many pieces that is, so that a late callback is known for what it is. */
  private pieces = 0;

  constructor(transport: Transport, data: Uint8Array, options: TimeoutOption | undefined) {
    super(options);
    this.transport = transport;
    this.data = data;
  }

  describe(): string {
    return `${this.transport.name} to take ${this.data.length} bytes`;
  }

  protected tryNow(): boolean {
    this.transport.checkWritable();
    return this.data.length === 0;
  }

  protected enqueue(): void {
    const { senders } = this.transport;
    this.given = 0;
    senders.push(this);
    if (senders.first === this) this.transport.send();
  }

  /** @internal */
  advance(): boolean {
    const { data, transport } = this;
    const { stream } = transport;
    while (this.given < data.length) {
      const piece = data.subarray(this.given, this.given + PIECE);
      this.given += piece.length;
      this.pieces += 1;
      const { pieces } = this;
      stream.write(piece, (error) => {
        // What an error has to tell comes with the stream's events.
        if (!error && this.pieces === pieces && transport.senders.first === this) transport.send();
      });
      // Mostly the kernel takes it at once.
      if (stream.writableLength > 0 || stream.destroyed) return false;
    }
    return true;
  }

  /** @internal */
  accept(): void {
    this.pieces += 1;
    this.complete();
  }

  /** @internal */
  refuse(error: unknown): void {
    this.pieces += 1;
    this.fail(error);
  }

  /** @internal It cannot be made undone, so it keeps its place. */
  override setAside(): null {
    return null;
  }

  override abort(): void {
    const { transport } = this;
    const { senders } = transport;
    const isFirst = this.queue === senders && senders.first === this;
    super.abort();
    if (isFirst)
      transport.close('was closed: a sendall() was cancelled half-way, and what the peer has got is unknown');
  }

  protected timedOut(timeout: number): void {
    throw new Timeout(timeout, `${this.describe()} was waited for in vain for ${timeout} ms`);
  }

  protected override reset(): void {
    super.reset();
    this.given = 0;
    this.pieces = 0;
  }
}
