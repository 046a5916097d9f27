import type { Coroutine, Operation } from '../../lib/index.ts';

/** How an operation ended; `error` holds what it threw. */
export interface Outcome<T> {
  value?: T;
  error?: unknown;
}

/** Runs an operation and returns how it ended, without throwing. */
export function* outcomeOf<T>(op: Operation<T>): Coroutine<Outcome<T>> {
  try {
    return { value: yield* op };
  } catch (error) {
    return { error };
  }
}
