import type { Readable, Writable } from 'node:stream';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { type ReadLineOptions, type ReadUntilOptions, readLine, readUntil, recv, recvExactly } from '../net/reading.ts';
import { sendall } from '../net/sending.ts';
import { transportOf } from '../net/transport.ts';

/** The methods that `patchSocket()` adds for reading. */
export interface ReadMethods {
  /** Waits for data and takes it; an empty Buffer at the end. Like `Socket.recv()` of `greenhub/net`. */
  recv(max?: number, options?: TimeoutOption): Operation<Buffer>;
  /** Waits for exactly `count` bytes. Like `Socket.recvExactly()` of `greenhub/net`. */
  recvExactly(count: number, options?: TimeoutOption): Operation<Buffer>;
  /** Waits for a delimiter and gives all bytes up to and including it. Like `Socket.readUntil()` of `greenhub/net`. */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Operation<Buffer>;
  /** Waits for a line; null at the end of the stream. Like `Socket.readLine()` of `greenhub/net`. */
  readLine(options?: ReadLineOptions): Operation<string | null>;
}

/** The method that `patchSocket()` adds for sending. */
export interface SendMethods {
  /** Sends all data and waits until the kernel has taken it. Like `Socket.sendall()` of `greenhub/net`. */
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
