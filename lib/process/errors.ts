/** Thrown if a process or thread has ended without a result: it exited, a signal ended it, or it ran out of memory. */
export class WorkerLostError extends Error {
  override name = 'WorkerLostError';
  /** How it ended, as `process.exitcode` of a `Process`. */
  readonly exitcode: number | null;

  constructor(message: string, exitcode: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.exitcode = exitcode;
  }
}

/** Thrown if the process that keeps a shared object has ended, or no longer answers. */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
}

/** Thrown by `recv()` of a pipe when the other end is closed and everything was received. */
export class EOFError extends Error {
  override name = 'EOFError';
}

/** Thrown by `send()` of a pipe when one of the two ends is closed. */
export class BrokenPipeError extends Error {
  override name = 'BrokenPipeError';
}

/** Thrown if the other side of a connection does not know the key. */
export class AuthenticationError extends Error {
  override name = 'AuthenticationError';
}
