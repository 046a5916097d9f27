import type { Transferable } from 'node:worker_threads';

/** A two-way connection to another thread or process, which keeps the order of messages. */
export interface Channel {
  /** True if there is a limit for the length of a message. */
  readonly isLimited?: boolean;
  /**
   * Sends a message. It is copied at once, so later changes to it do not matter.
   *
   * @param transfer what is moved instead of copied, between threads
   * @throws DataCloneError if the message cannot be copied, RangeError if it is too long; then nothing is sent
   */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Calls `listener` with each message, instead of an earlier listener. Messages that arrive before the first call are kept. */
  onMessage(listener: (message: unknown) => void): void;
  /** Delivers the next message now, if one has arrived. Returns false if there is none. Only between threads. */
  receiveNow?(): boolean;
  /** How many messages have been delivered. Only between threads. */
  readonly received?: number;
  /** Calls `listener` once, when the other side has gone or the channel was closed. */
  onClose(listener: () => void): void;
  /** Hands what was posted to the system at once, as far as the system takes it. Not between threads, which have it already. */
  flush?(): void;
  /** Closes it, after what was posted is sent. */
  close(): void;
  /** An open channel keeps the event loop alive only after `ref()`, as with Node's sockets. A new one does not. */
  ref(): void;
  unref(): void;
}
