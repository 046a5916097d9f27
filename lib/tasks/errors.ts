import { checkedTime } from '../hub/checks/checks.ts';
import { registerError } from '../process/travel/error-classes.ts';

/**
 * Thrown in a task: run it again later. It counts as no failed attempt.
 *
 * @example
 * if (response.status === 429) throw new RetryLater(60_000);
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  /** How long to wait, in milliseconds. */
  readonly ms: number;

  /**
   * @param ms how long to wait, in milliseconds
   * @throws RangeError for NaN, Infinity and negative times
   */
  constructor(ms: number) {
    super(`run again in ${ms} ms`);
    this.ms = checkedTime(ms, 'the time of new RetryLater(ms)');
    if (ms === Infinity) throw new RangeError('new RetryLater(ms) takes a finite time: throw Unrecoverable instead');
  }
}

/**
 * Thrown in a task: it has failed, and is not tried again.
 *
 * @example
 * if (response.status === 404) throw new Unrecoverable(`${url} does not exist`);
 */
export class Unrecoverable extends Error {
  override readonly name = 'Unrecoverable';
}

/** Why a job cannot be stored or read. */
export type StoreProblem = 'unreachable' | 'full' | 'read-only' | 'refused' | 'closed';

/** The server that keeps the jobs cannot be reached, or refuses. `code` says why. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /**
   * - `unreachable`: no connection, within the time that the caller has given
   * - `full`: the server has no memory left (`maxmemory`)
   * - `read-only`: the server is a replica, or cannot save
   * - `refused`: the server has answered with another error
   * - `closed`: `app.close()` was called
   */
  readonly code: StoreProblem;

  constructor(code: StoreProblem, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Nothing is known of a job: there never was one with this id, it was removed, or its result is no longer kept. */
export class UnknownJobError extends Error {
  override readonly name = 'UnknownJobError';
}

/** @internal */
export function unknownJob(id: string): UnknownJobError {
  return new UnknownJobError(
    `nothing is known of the job ${JSON.stringify(id)}: no such job was stored, it was removed, or its result is no longer kept`,
  );
}

for (const Class of [RetryLater, Unrecoverable, StoreError, UnknownJobError]) registerError(Class);
