/**
 * What greenhub keeps of a stream: the bytes that have arrived, who reads, who sends, and how it ended. All that reads
 * and sends works on this, whatever a program holds in its hands: a socket, an HTTP message, the output of a child.
 *
 *     stream ─data─▶ buffer ─▶ the reader          senders ─▶ pieces ─▶ stream
 *        ▲              │
 *        └─ pause() ◀───┘ HIGH bytes and nobody reads
 *
 * From the first read on the stream is read here even while nobody waits, since who does not read is not told that the
 * peer has gone. A program that then takes the stream over (`on('data')`, `pipe()`, `for await`) gets what was read ahead.
 */

import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { host } from '../hub/loop/host.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
import type { TakingSuspension } from '../hub/parking/taking.ts';
import { nameOf } from '../sync/named.ts';
import { ConcurrentUseError, SocketClosedError } from './errors.ts';
import { ReadBuffer } from './read-buffer.ts';

/** With so many bytes that nobody reads, no more are read from the kernel … */
const HIGH = 64 * 1024;
/** … until there are no more than these. */
const LOW = HIGH / 2;

const NOTHING = Buffer.alloc(0);

/** What tells that a program reads a stream in its own way. */
const FOREIGN_READERS = ['data', 'readable'];

/** Somebody who waits for his data to be sent. */
export interface Sender extends Waiter {
  /** Hands the stream its next piece, or several; true when the kernel has taken the last. It is the first in line. */
  advance(): boolean;
  accept(): void;
  refuse(error: unknown): void;
}

/** Somebody who waits for bytes. */
export interface Reader extends TakingSuspension<unknown> {
  /** Ends the wait with a chunk that is all there is; false, and nothing is done, unless that is just what it waits for. */
  takeWhole(chunk: Buffer): boolean;
}

export class Transport {
  /** Which of its sides there are is known to whoever reads or sends. */
  readonly stream: Duplex;
  /** What messages call it. */
  readonly name: string;
  readonly buffer = new ReadBuffer();
  /** One at the most. */
  readonly readers = new WaitQueue<Reader>();
  readonly senders = new WaitQueue<Sender>();
  /** The peer has ended its side, and all that it sent is in the buffer, or was taken. */
  ended = false;
  /** What broke the connection; null while nothing has. */
  failure: Error | null = null;
  private shutting = false;
  private closedBecause: string | null = null;
  private gone = false;
  private paused = false;
  private watching = false;
  private reading = false;
  /** How many pieces the stream has been given, and the kernel has not taken yet. */
  private unwritten = 0;
  /** Sends nothing for nothing: other streams may have a message for each write. */
  private readonly isSocket: boolean;
  private readonly onWritten = (error?: Error | null): void => {
    this.unwritten -= 1;
    // What an error has to tell comes with the stream's events.
    if (!error && this.unwritten === 0 && this.senders.first !== null) this.send();
  };
  private readonly onData = (chunk: Buffer | string): void => this.arrived(chunk);
  private readonly onNewListener = (event: string | symbol, listener: unknown): void => {
    if (listener !== this.onData && FOREIGN_READERS.includes(event as string)) this.handOver();
  };

  constructor(stream: Readable | Writable) {
    this.stream = stream as Duplex;
    this.isSocket = stream instanceof Socket;
    this.name = nameOf(this.isSocket ? 'Socket' : stream.constructor.name);
  }

  /** Looks after how the stream ends, from now on. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    const { stream } = this;
    this.ended = stream.readableEnded === true;
    this.failure = stream.errored ?? null;
    this.gone = stream.closed ?? stream.destroyed;
    stream
      .on('end', () => {
        this.ended = true;
        this.serveReader();
      })
      .on('error', (error) => {
        this.failure = error;
        this.wakeAll(() => error);
      })
      .on('close', () => {
        this.gone = true;
        this.wakeAll(() => this.isClosed());
      });
  }

  /** The event by which somebody else reads the stream; undefined while nobody does. */
  private get foreignReader(): string | undefined {
    return this.reading ? undefined : FOREIGN_READERS.find((event) => this.stream.listenerCount(event) > 0);
  }

  /** Reads the stream from now on, until somebody else takes it over. */
  read(): void {
    if (this.reading) return;
    this.watch();
    const { foreignReader: other, stream } = this;
    if (other !== undefined) {
      throw new ConcurrentUseError(
        `${this.name} is read by a listener to its '${other}' event (or a pipe, or a for await): only one may read it`,
      );
    }
    if (stream.readableObjectMode) throw new TypeError(`${this.name} is a stream of objects: read it with forEach()`);
    this.reading = true;
    stream.on('newListener', this.onNewListener);
    if (this.ended || stream.destroyed) return;
    stream.on('data', this.onData);
    // A stream that was paused before, which a listener to its data alone does not change.
    stream.resume();
  }

  get closed(): boolean {
    return this.gone || this.closedBecause !== null || this.stream.destroyed;
  }

  /** True while somebody else reads the stream, by a listener, a pipe or a `for await`. */
  get isTakenOver(): boolean {
    return this.foreignReader !== undefined;
  }

  /** This side has ended, or will when what is in line has been sent. */
  get shut(): boolean {
    return this.shutting || this.stream.writableEnded;
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
    if (this.shut) throw new SocketClosedError(`${this.name} was shut down: nothing can be sent after that`);
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
    } else if (!this.paused && this.reading && length >= HIGH && this.readers.first === null) {
      this.paused = true;
      this.stream.pause();
    }
  }

  /** Gives the stream a piece of the first sender's. True when the kernel has taken it; otherwise `send()` follows then. */
  write(piece: Uint8Array): boolean {
    const { stream } = this;
    if (this.isSocket) {
      // Without a callback what the kernel takes at once, as it mostly does, costs no tick.
      stream.write(piece);
      if (this.hasTaken) return true;
      // Of what it has not taken this tells when it has.
      this.writeAndTell(NOTHING);
      return false;
    }
    this.writeAndTell(piece);
    return this.hasTaken;
  }

  private writeAndTell(piece: Uint8Array): void {
    this.stream.write(piece, this.onWritten);
    // Behind it, as it throws if the stream will not have the piece, and calls back by the next tick.
    this.unwritten += 1;
  }

  private get hasTaken(): boolean {
    const { stream } = this;
    return stream.writableLength === 0 && !stream.destroyed;
  }

  /** The first sender may go on, and, when it is through, those behind it. */
  send(): void {
    for (let sender = this.senders.first; sender !== null; sender = this.senders.first) {
      try {
        if (!sender.advance()) return;
        this.senders.remove(sender);
        sender.accept();
      } catch (error) {
        // The stream will not have it (an HTTP response whose headers are wrong, say).
        this.senders.remove(sender);
        sender.refuse(error);
      }
    }
    if (this.shutting) this.stream.end();
  }

  /** Ends this side when all who stand in line have sent. */
  shutDown(): void {
    if (this.shut || this.closedBecause !== null) return;
    this.shutting = true;
    if (this.senders.first === null) this.stream.end();
  }

  /** Ends the connection, with what has arrived, and wakes all who wait. */
  close(because: string): void {
    const unsent = this.senders.first !== null;
    if (!this.abandon(because)) return;
    const { stream } = this;
    if (stream instanceof TLSSocket && !unsent && !this.gone) {
      // The peer is told that this is the end, and not a cut: that goes out by the next turn.
      stream.end();
      host.nextTurn(() => stream.destroy());
    } else stream.destroy();
  }

  /** The same once all is sent that the stream has been given. */
  closeWhenSent(because: string): void {
    if (!this.abandon(because)) return;
    const { stream } = this;
    if (stream instanceof Socket) stream.destroySoon();
    else stream.destroy();
  }

  private abandon(because: string): boolean {
    if (this.closedBecause !== null) return false;
    this.closedBecause = because;
    this.buffer.clear();
    this.wakeAll(() => this.isClosed());
    return true;
  }

  /** Gives a stream to somebody else who begins to read it, with what was read ahead. */
  private handOver(): void {
    const { buffer, stream } = this;
    const reader = this.readers.first;
    if (reader !== null) {
      throw new ConcurrentUseError(`${this.name} is being read already (${reader.describe()}): only one may read it`);
    }
    // Node takes nothing back after the end.
    if (buffer.length > 0 && (this.ended || stream.destroyed)) {
      throw new ConcurrentUseError(
        `${buffer.length} bytes of ${this.name} were read ahead, and it has ended: take them with recv()`,
      );
    }
    this.reading = false;
    stream.off('newListener', this.onNewListener).off('data', this.onData);
    if (buffer.length > 0) stream.unshift(buffer.take(buffer.length));
    if (this.paused) stream.resume();
    this.paused = false;
  }

  private arrived(chunk: Buffer | string): void {
    if (this.closedBecause !== null) return;
    const { first } = this.readers;
    // Mostly a whole message comes at once, to somebody who waits for it.
    if (first !== null && this.buffer.length === 0 && typeof chunk !== 'string' && first.takeWhole(chunk)) return;
    this.buffer.push(typeof chunk === 'string' ? Buffer.from(chunk, this.stream.readableEncoding ?? 'utf8') : chunk);
    this.serveReader();
    this.flow();
  }

  private serveReader(): void {
    const reader = this.readers.shift();
    if (reader !== null && !reader.retry()) this.readers.push(reader);
  }

  /** @param reason gives the error that senders get. Mostly there are none, and an error is dear to make. */
  private wakeAll(reason: () => unknown): void {
    this.serveReader();
    if (this.senders.first === null) return;
    const error = reason();
    for (let sender = this.senders.shift(); sender !== null; sender = this.senders.shift()) sender.refuse(error);
  }

  private isClosed(): SocketClosedError {
    return new SocketClosedError(`${this.name} ${this.closedBecause ?? 'was closed: the connection is gone'}`);
  }
}

const transports = new WeakMap<Readable | Writable, Transport>();

/** The transport of a stream. It does nothing before `watch()` or `read()`. */
export function transportOf(stream: Readable | Writable): Transport {
  let transport = transports.get(stream);
  if (transport === undefined) {
    transport = new Transport(stream);
    transports.set(stream, transport);
  }
  return transport;
}
