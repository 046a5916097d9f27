import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';

const NOTHING = Buffer.alloc(0);

/** A wait until data is sent. */
export interface Sender extends Waiter {
  /**
   * Writes its next pieces to the stream. Returns whether the kernel has taken the last. Called on the first in line.
   */
  advance(): boolean;
  accept(): void;
  refuse(error: unknown): void;
}

/**
 * The writing side of a transport: senders stand in line, and each writes a piece when the kernel has taken the last.
 */
export class WriteSide {
  readonly senders: WaitQueue<Sender>;
  private readonly stream: Duplex;
  /** An empty write sends nothing on a socket. Other streams may send a message for it. */
  private readonly isSocket: boolean;
  private shutting: boolean;
  /** The number of pieces written to the stream that the kernel has not taken yet. */
  private unwritten: number;
  private readonly onWritten: (error?: Error | null) => void;

  constructor(stream: Duplex, isSocket: boolean) {
    this.senders = new WaitQueue();
    this.stream = stream;
    this.isSocket = isSocket;
    this.shutting = false;
    this.unwritten = 0;
    this.onWritten = (error) => {
      this.unwritten -= 1;
      // The stream emits its errors as events too, and those end the senders.
      if (!error && this.unwritten === 0 && this.senders.first !== null) this.send();
    };
  }

  /** This side has ended, or will end once all senders in line have sent. */
  get shut(): boolean {
    return this.shutting || this.stream.writableEnded;
  }

  /**
   * Writes a piece of the first sender. Returns whether the kernel has taken it; if not, `send()` is called when it
   * has.
   */
  write(piece: Uint8Array): boolean {
    const { stream } = this;
    if (this.isSocket) {
      // The kernel mostly takes a piece at once. Without a callback, that costs no tick.
      stream.write(piece);
      if (this.hasTaken) return true;
      // The callback of an empty write tells when the kernel has taken the piece.
      this.writeAndTell(NOTHING);
      return false;
    }
    this.writeAndTell(piece);
    return this.hasTaken;
  }

  /** Lets the first sender continue, and the next ones when it has finished. */
  send(): void {
    for (let sender = this.senders.first; sender !== null; sender = this.senders.first) {
      try {
        if (!sender.advance()) return;
        this.senders.remove(sender);
        sender.accept();
      } catch (error) {
        // The stream refuses the data, for example an HTTP response with invalid headers.
        this.senders.remove(sender);
        sender.refuse(error);
      }
    }
    if (this.shutting) this.stream.end();
  }

  /** Ends this side once all senders in line have sent. */
  shutDown(): void {
    this.shutting = true;
    if (this.senders.first === null) this.stream.end();
  }

  /** Ends the wait of every sender. An error is expensive to create, so it is created only if there is a sender. */
  refuseAll(reason: () => unknown): void {
    if (this.senders.first === null) return;
    const error = reason();
    for (let sender = this.senders.shift(); sender !== null; sender = this.senders.shift()) sender.refuse(error);
  }

  private writeAndTell(piece: Uint8Array): void {
    this.stream.write(piece, this.onWritten);
    // Counted after the write, which may throw. The callback comes in the next tick at the earliest.
    this.unwritten += 1;
  }

  private get hasTaken(): boolean {
    const { stream } = this;
    return stream.writableLength === 0 && !stream.destroyed;
  }
}
