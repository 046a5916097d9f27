/** Thrown if a greenlet reads from a socket that another greenlet is already reading. The first is not affected. */
export class ConcurrentUseError extends Error {
  override name = 'ConcurrentUseError';
}

/** Thrown if the socket was closed on this side, its writing side was shut down, or the connection has ended. */
export class SocketClosedError extends Error {
  override name = 'SocketClosedError';
}

/** Thrown if the peer ends its side before all requested bytes have arrived. */
export class PrematureEndError extends Error {
  override name = 'PrematureEndError';
  /** The bytes that did arrive. They were taken, so the socket has none left. */
  readonly partial: Buffer;

  constructor(message: string, partial: Buffer) {
    super(message);
    this.partial = partial;
  }
}

/** Thrown if the data is longer than the limit. Nothing was taken: the bytes can still be read. */
export class LimitExceededError extends Error {
  override name = 'LimitExceededError';
  /** The limit in bytes. */
  readonly limit: number;

  constructor(message: string, limit: number) {
    super(message);
    this.limit = limit;
  }
}
