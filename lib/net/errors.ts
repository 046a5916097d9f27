/** Two greenlets wanted to read one socket at the same time: the second gets this, and the first goes on. */
export class ConcurrentUseError extends Error {
  override name = 'ConcurrentUseError';
}

/** The socket was closed on this side, or its writing side was shut down, or the connection is gone. */
export class SocketClosedError extends Error {
  override name = 'SocketClosedError';
}

/** The peer has ended its side before all was there that was asked for. */
export class PrematureEndError extends Error {
  override name = 'PrematureEndError';
  /** What did arrive. It was taken: the socket has nothing more. */
  readonly partial: Buffer;

  constructor(message: string, partial: Buffer) {
    super(message);
    this.partial = partial;
  }
}

/** What was looked for did not come within so many bytes. Nothing was taken: they are still there to be read. */
export class LimitExceededError extends Error {
  override name = 'LimitExceededError';
  /** Bytes. */
  readonly limit: number;

  constructor(message: string, limit: number) {
    super(message);
    this.limit = limit;
  }
}
