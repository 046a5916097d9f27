import { Buffer } from 'node:buffer';
import { kernel } from '../greenlet/kernel.ts';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { Prompt } from '../hub/parking/prompt.ts';
import { OutsideWait, unwaited } from './outside-wait.ts';
import type { Transport } from './transport.ts';
import type { Sender } from './write-side.ts';

/** How many bytes a stream gets at once. This keeps its own buffers, and those of TLS, small. */
const PIECE = 256 * 1024;

/**
 * One of this many sends in a row goes through the run queue even if it need not wait, so that a greenlet that keeps
 * sending to a fast peer lets others run.
 */
const TURN = 16;

/** `sendall()` for any stream. */
export function sendall(transport: Transport, data: string | Uint8Array, options?: TimeoutOption): Operation<void> {
  const bytes = bytesOf(data);
  return options === undefined && bytes.length <= PIECE
    ? new PromptSending(transport, bytes)
    : new Sending(transport, bytes, checkedOptions(options, TIMEOUT, 'sendall()'));
}

/** The bytes themselves, not a copy. */
function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`sendall() takes a string or a Uint8Array (such as a Buffer), not ${typeof data}`);
}

/** Sends one piece, which the kernel usually takes at once. Otherwise a `Sending` waits for the rest. */
class PromptSending extends Prompt<void> {
  private readonly transport: Transport;
  private readonly data: Uint8Array;
  /** How many bytes the stream has got. */
  private given: number;

  constructor(transport: Transport, data: Uint8Array) {
    super();
    this.transport = transport;
    this.data = data;
    this.given = 0;
  }

  /** @internal */
  finishNow(): boolean {
    return isNothingLeft(this.transport, this.data);
  }

  protected override finishOrBegin(): boolean {
    this.given = 0;
    if (this.finishNow()) return true;
    if (!mayWrite(this.transport)) return false;
    this.given = this.data.length;
    return this.transport.writes.write(this.data);
  }

  protected override unfinished(): Sending {
    return new Sending(this.transport, this.data, undefined, this.given);
  }

  protected patient(): Sending {
    return new Sending(this.transport, this.data, undefined);
  }
}

class Sending extends OutsideWait<void> implements Sender {
  private readonly transport: Transport;
  private readonly data: Uint8Array;
  /** How many bytes the stream has got. */
  private given: number;
  /** True if it continues an attempt of a `PromptSending`. */
  private readonly wasTried: boolean;

  /** @param given how many bytes the stream got in an earlier attempt; undefined if there was none */
  constructor(transport: Transport, data: Uint8Array, options: TimeoutOption | undefined, given?: number) {
    super();
    this.deadline = deadlineOf(this, options);
    this.transport = transport;
    this.data = data;
    this.given = given ?? 0;
    this.wasTried = given !== undefined;
  }

  describe(): string {
    return `${this.transport.name} to take ${this.data.length} bytes`;
  }

  protected override tryNow(): boolean {
    return isNothingLeft(this.transport, this.data);
  }

  /** Usually the kernel takes everything at once, so there is nothing to wait for. */
  protected override finishOrBegin(): boolean {
    if (this.wasTried) return false;
    if (super.finishOrBegin()) return true;
    this.given = 0;
    return mayWrite(this.transport) && this.advance();
  }

  /** @internal If this returns false, the caller may not wait, so nothing may have been sent. */
  override finishNow(): boolean {
    return this.greenlet === null && super.finishOrBegin();
  }

  protected override register(): void {
    super.register();
    const { writes } = this.transport;
    const { senders } = writes;
    senders.push(this);
    if (senders.first === this && this.given === 0) writes.send();
  }

  /** @internal */
  advance(): boolean {
    const { data, transport } = this;
    while (this.given < data.length) {
      const piece = data.length <= PIECE ? data : data.subarray(this.given, this.given + PIECE);
      this.given += piece.length;
      if (!transport.writes.write(piece)) return false;
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

  /** @internal True, because a send cannot be undone. */
  override get mayHold(): true {
    return true;
  }

  protected override unregister(): void {
    const { transport } = this;
    const { senders } = transport.writes;
    const isFirst = this.queue === senders && senders.first === this;
    super.unregister();
    if (isFirst)
      transport.close('was closed: a sendall() was cancelled halfway, and how much the peer has received is unknown');
  }

  timedOut(timeout: number): void {
    throw new Timeout(timeout, `timed out after ${timeout} ms, waiting for ${this.describe()}`);
  }

  protected override reset(): void {
    super.reset();
    this.given = 0;
  }
}

/** @throws the error that prevents writing to the stream */
function isNothingLeft(transport: Transport, data: Uint8Array): boolean {
  transport.watch();
  transport.checkWritable();
  return data.length === 0;
}

/** Whether data may be written to the stream at once. */
function mayWrite(transport: Transport): boolean {
  if (transport.writes.senders.first !== null || !mayWait()) return false;
  unwaited.sends += 1;
  return unwaited.sends < TURN;
}

/** Whether the greenlet may wait. A send that has begun cannot be undone if the wait is refused. */
function mayWait(): boolean {
  const { current } = kernel;
  return kernel.parkable && current.destination === null && current.pending === null;
}
