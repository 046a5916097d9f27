/**
 * What greenhub keeps of a stream: the bytes that have arrived, who reads, who sends, and how it ended. All that reads
 * and sends works on this, whatever a program holds in its hands.
 *
 *     stream ─data─▶ buffer ─▶ the reader          senders ─▶ pieces ─▶ stream
 *        ▲              │
 *        └─ pause() ◀───┘ HIGH bytes and nobody reads
 *
 * The stream is read as soon as it is known here, since who does not read is not told that the peer has gone.
 */

import type { Socket as Stream } from 'node:net';
import { setImmediate } from 'node:timers';
import { TLSSocket } from 'node:tls';
import type { TakingSuspension } from '../hub/taking.ts';
import { type Waiter, WaitQueue } from '../hub/wait-queue.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import { ReadBuffer } from './read-buffer.ts';

/** With so many bytes that nobody reads, no more are read from the kernel … */
const HIGH = 64 * 1024;
/** … until there are no more than these. */
const LOW = HIGH / 2;

/** Somebody who waits for his data to be sent. */
export interface Sender extends Waiter {
  /** Hands the stream its next piece, or several; true when the kernel has taken the last. It is the first in line. */
  advance(): boolean;
  accept(): void;
  refuse(error: unknown): void;
}

export class Transport {
  readonly stream: Stream;
  /** What messages call it. */
  readonly name = nameOf('Socket');
  readonly buffer = new ReadBuffer();
  /** One at the most. */
  readonly readers = new WaitQueue<TakingSuspension<unknown>>();
  readonly senders = new WaitQueue<Sender>();
  /** The peer has ended its side, and all that it sent is in the buffer. */
  ended: boolean;
  /** This side has ended, or will when what is in line has been sent. */
  shut: boolean;
  /** What broke the connection; null while nothing has. */
  failure: Error | null;
  private closedBecause: string | null = null;
  private gone: boolean;
  private paused = false;

  constructor(stream: Stream) {
    this.stream = stream;
    this.ended = stream.readableEnded;
    this.shut = stream.writableEnded;
    this.failure = stream.errored;
    this.gone = stream.destroyed;
    stream
      .on('data', (chunk: Buffer) => this.arrived(chunk))
      .on('end', () => {
        this.ended = true;
        this.serveReader();
      })
      .on('error', (error) => {
        this.failure = error;
        this.wakeAll(error);
      })
      .on('close', () => {
        this.gone = true;
        this.wakeAll(this.isClosed());
      });
  }

  get closed(): boolean {
    return this.gone || this.closedBecause !== null;
  }

  /** True when the connection is over and nobody here has ended it: the peer, or the network, has. */
  get lost(): boolean {
    const endedInPeace = this.ended && this.shut && this.failure === null;
    return this.stream.destroyed && this.closedBecause === null && !endedInPeace;
  }

  /** @throws SocketClosedError when it was closed here; what broke the connection */
  checkWritable(): void {
    if (this.closedBecause !== null) throw this.isClosed();
    if (this.failure !== null) throw this.failure;
    if (this.shut) throw new SocketClosedError(`${this.name} was shut down: nothing can be sent after shutdown()`);
    if (this.gone) throw this.isClosed();
  }

  /** @throws SocketClosedError when it was closed here, with whatever had arrived */
  checkOpen(): void {
    if (this.closedBecause !== null) throw this.isClosed();
  }

  /** @throws what broke the connection; SocketClosedError when it is gone for no reason that is known */
  checkAlive(): void {
    if (this.failure !== null) throw this.failure;
    if (this.gone) throw this.isClosed();
  }

  /** Has the stream read as long as there is room, or somebody who waits for more. */
  flow(): void {
    const { length } = this.buffer;
    if (this.paused && (length <= LOW || this.readers.first !== null)) {
      this.paused = false;
      this.stream.resume();
    } else if (!this.paused && length >= HIGH && this.readers.first === null) {
      this.paused = true;
      this.stream.pause();
    }
  }

  /** The first sender may go on, and, when it is through, those behind it. */
  send(): void {
    for (let sender = this.senders.first; sender !== null; sender = this.senders.first) {
      if (!sender.advance()) return;
      this.senders.remove(sender);
      sender.accept();
    }
    if (this.shut) this.stream.end();
  }

  /** Ends this side when all who stand in line have sent. */
  shutDown(): void {
    if (this.shut || this.closedBecause !== null) return;
    this.shut = true;
    if (this.senders.first === null) this.stream.end();
  }

  /** Ends the connection, with what has arrived, and wakes all who wait. */
  close(because: string): void {
    if (this.closedBecause !== null) return;
    const unsent = this.senders.first !== null;
    this.closedBecause = because;
    this.buffer.clear();
    this.wakeAll(this.isClosed());
    const { stream } = this;
    if (stream instanceof TLSSocket && !unsent && !this.gone) {
      // The peer is told that this is the end, and not a cut: that goes out by the next turn.
      stream.end();
      setImmediate(() => stream.destroy());
    } else stream.destroy();
  }

  private arrived(chunk: Buffer): void {
    if (this.closedBecause !== null) return;
    this.buffer.push(chunk);
    this.serveReader();
    this.flow();
  }

  private serveReader(): void {
    const reader = this.readers.shift();
    if (reader !== null && !reader.retry()) this.readers.push(reader);
  }

  private wakeAll(error: unknown): void {
    this.serveReader();
    for (let sender = this.senders.shift(); sender !== null; sender = this.senders.shift()) sender.refuse(error);
  }

  private isClosed(): SocketClosedError {
    return new SocketClosedError(`${this.name} ${this.closedBecause ?? 'was closed: the connection is gone'}`);
  }
}

const transports = new WeakMap<Stream, Transport>();

/** The transport of a stream. Made at the first call, from which on nobody else may read from the stream. */
export function transportOf(stream: Stream): Transport {
  let transport = transports.get(stream);
  if (transport === undefined) {
    transport = new Transport(stream);
    transports.set(stream, transport);
  }
  return transport;
}
