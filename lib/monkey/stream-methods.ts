import type { Readable, Writable } from 'node:stream';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from '../net/reading.ts';
import { sendall } from '../net/sending.ts';
import { transportOf } from '../net/transport.ts';

/** What greenlets read with. */
export interface ReadMethods {
  /** Waits until something is there, and takes it; an empty Buffer at the end. As `Socket.recv()` of `greenhub/net`. */
  recv(max?: number, options?: TimeoutOption): Operation<Buffer>;
  /** Waits for so many bytes. As `Socket.recvExactly()` of `greenhub/net`. */
  recvExactly(count: number, options?: TimeoutOption): Operation<Buffer>;
  /** Waits for a delimiter, and gives all up to it, and it. As `Socket.readUntil()` of `greenhub/net`. */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer>;
  /** Waits for a line, and gives it without its end; null at the end. As `Socket.readLine()` of `greenhub/net`. */
  readLine(options?: ReadLineOptions): Operation<string | null>;
}

/** What greenlets send with. */
export interface SendMethods {
  /** Sends it all, and waits until the kernel has taken it. As `Socket.sendall()` of `greenhub/net`. */
  sendall(data: string | Uint8Array, options?: TimeoutOption): Operation<void>;
}

export const readMethods: ReadMethods & ThisType<Readable> = {
  recv(max, options) {
    return recv(transportOf(this), max, options);
  },
  recvExactly(count, options) {
    return recvExactly(transportOf(this), count, options);
  },
  readUntil(delimiter, options) {
    return readUntil(transportOf(this), delimiter, options);
  },
  readLine(options) {
    return readLine(transportOf(this), options);
  },
};

export const sendMethods: SendMethods & ThisType<Writable> = {
  sendall(data, options) {
    return sendall(transportOf(this), data, options);
  },
};
