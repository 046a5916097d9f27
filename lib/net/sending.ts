import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks.ts';
import { Timeout } from '../hub/timeout.ts';
import { OutsideWait } from './outside-wait.ts';
import type { Sender, Transport } from './transport.ts';

/** How many bytes a stream gets at once, so that its own buffers (and those of TLS) stay small. */
const PIECE = 256 * 1024;

/**
 * Of so many that need not wait, one goes through the run queue all the same: who sends and sends to a peer that reads as
 * fast must let others run.
 */
const TURN = 16;
/** How many did not need to wait. */
let atOnce = 0;

/** `sendall()` of any stream. */
export function sendall(transport: Transport, data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
  return new Sending(transport, bytesOf(data), options);
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
  private given: number;

  constructor(transport: Transport, data: Uint8Array, options: TimeoutOption | undefined) {
    super(options);
    this.transport = transport;
    this.data = data;
    this.given = 0;
  }

  describe(): string {
    return `${this.transport.name} to take ${this.data.length} bytes`;
  }

  protected tryNow(): boolean {
    this.transport.watch();
    this.transport.checkWritable();
    return this.data.length === 0;
  }

  /** Mostly the kernel takes it at once, and then there is nothing to wait for. */
  protected override attempt(): boolean {
    if (super.attempt()) return true;
    this.given = 0;
    if (this.transport.senders.first !== null || !mayWait()) return false;
    atOnce += 1;
    return atOnce % TURN > 0 && this.advance();
  }

  /** @internal Whoever asks this does not wait here if it cannot: nothing may have been begun. */
  override finishNow(): boolean {
    return this.greenlet === null && super.attempt();
  }

  protected enqueue(): void {
    const { senders } = this.transport;
    senders.push(this);
    if (senders.first === this && this.given === 0) this.transport.send();
  }

  /** @internal */
  advance(): boolean {
    const { data, transport } = this;
    while (this.given < data.length) {
      const piece = data.length <= PIECE ? data : data.subarray(this.given, this.given + PIECE);
      this.given += piece.length;
      if (!transport.write(piece)) return false;
    }
    return true;
  }

  /** @internal */
  accept(): void {
    this.complete();
  }

  /** @internal */
  refuse(error: unknown): void {
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
  }
}

/** Whether a wait that has begun would be parked: one that is refused could not be undone. */
function mayWait(): boolean {
  return kernel.parkable && kernel.unyielded === 0 && kernel.current.pending === null;
}
