/**
 * What greenhub keeps of a stream: its reading side, its writing side, and how it ended. All reads and sends work on
 * it, whatever the program holds: a socket, an HTTP message, the output of a child.
 *
 *     stream ─data─▶ buffer ─▶ the reader          senders ─▶ pieces ─▶ stream
 *        ▲              │
 *        └─ pause() ◀───┘ the buffer is full and has no reader
 */

import { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { host } from '../hub/loop/host.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import { isTlsSocket } from './nodes-modules.ts';
import { ReadSide } from './read-side.ts';
import { WriteSide } from './write-side.ts';

export class Transport {
  /** Typed as a Duplex. Callers know which sides it has. */
  readonly stream: Duplex;
  /** Its name in messages. */
  readonly name: string;
  readonly reads: ReadSide;
  readonly writes: WriteSide;
  /** What broke the connection; null if nothing has. */
  failure: Error | null = null;
  private closedBecause: string | null = null;
  private gone = false;
  private watching = false;

  constructor(stream: Readable | Writable) {
    const isSocket = stream instanceof Socket;
    this.stream = stream as Duplex;
    this.name = nameOf(isSocket ? 'Socket' : stream.constructor.name);
    this.reads = new ReadSide(this);
    this.writes = new WriteSide(this.stream, isSocket);
  }

  /** Observes how the stream ends, from now on. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    const { reads, stream } = this;
    reads.ended = stream.readableEnded === true;
    this.failure = stream.errored ?? null;
    this.gone = stream.closed ?? stream.destroyed;
    stream
      .on('end', () => reads.end())
      .on('error', (error) => {
        this.failure = error;
        this.wakeAll(() => error);
      })
      .on('close', () => {
        this.gone = true;
        this.wakeAll(() => this.isClosed());
      });
  }

  get closed(): boolean {
    return this.gone || this.closedBecause !== null || this.stream.destroyed;
  }

  /** True once this program has closed the connection. What arrives after that is dropped. */
  get isAbandoned(): boolean {
    return this.closedBecause !== null;
  }

  /** True if the connection is over and this program has not ended it: the peer, or the network, has. */
  get lost(): boolean {
    const endedInPeace = this.reads.ended && this.writes.shut && this.failure === null;
    return this.stream.destroyed && this.closedBecause === null && !endedInPeace;
  }

  /** @throws SocketClosedError if this program has closed it; the error that broke the connection */
  checkWritable(): void {
    if (this.closedBecause !== null) throw this.isClosed();
    if (this.failure !== null) throw this.failure;
    if (this.writes.shut) throw new SocketClosedError(`${this.name} was shut down: nothing can be sent after that`);
    if (this.gone) throw this.isClosed();
  }

  /** @throws SocketClosedError if this program has closed it, which drops what had arrived */
  checkOpen(): void {
    if (this.closedBecause !== null) throw this.isClosed();
  }

  /** @throws the error that broke the connection; SocketClosedError if it is gone without an error */
  checkAlive(): void {
    if (this.failure !== null) throw this.failure;
    if (this.gone) throw this.isClosed();
  }

  /** Ends the writing side once all senders in line have sent. */
  shutDown(): void {
    if (!this.writes.shut && this.closedBecause === null) this.writes.shutDown();
  }

  /** Closes the connection, drops what has arrived, and wakes all waiters. */
  close(because: string): void {
    const unsent = this.writes.senders.first !== null;
    if (!this.abandon(because)) return;
    const { stream } = this;
    if (isTlsSocket(stream) && !unsent && !this.gone) {
      // TLS has a message that tells an end from a cut. It is sent within the next turn.
      stream.end();
      host.nextTurn(() => stream.destroy());
    } else stream.destroy();
  }

  /** The same, once everything that was written to the stream is sent. */
  closeWhenSent(because: string): void {
    if (!this.abandon(because)) return;
    const { stream } = this;
    if (stream instanceof Socket) stream.destroySoon();
    else stream.destroy();
  }

  private abandon(because: string): boolean {
    if (this.closedBecause !== null) return false;
    this.closedBecause = because;
    this.reads.buffer.clear();
    this.wakeAll(() => this.isClosed());
    return true;
  }

  /** @param reason creates the error that senders get */
  private wakeAll(reason: () => unknown): void {
    this.reads.serveReader();
    this.writes.refuseAll(reason);
  }

  private isClosed(): SocketClosedError {
    return new SocketClosedError(`${this.name} ${this.closedBecause ?? 'was closed: the connection is gone'}`);
  }
}

const transports = new WeakMap<Readable | Writable, Transport>();

/** The transport of a stream. It does nothing before `watch()` or `reads.begin()`. */
export function transportOf(stream: Readable | Writable): Transport {
  let transport = transports.get(stream);
  if (transport === undefined) {
    transport = new Transport(stream);
    transports.set(stream, transport);
  }
  return transport;
}
