/**
 * Makes new errors keep twice as many frames, because each generator that is resumed through `yield*` takes two. This costs
 * nothing while no error is created.
 *
 * @returns the limit to give to `lowerStackTraceLimit()` later
 */
export function raiseStackTraceLimit(): number {
  const { stackTraceLimit } = Error;
  if (!(stackTraceLimit > 0 && stackTraceLimit < Infinity)) return 0;
  try {
    Error.stackTraceLimit = stackTraceLimit * 2;
  } catch {
    // The intrinsics are frozen.
    return 0;
  }
  return stackTraceLimit;
}

/** Restores the previous limit, unless the program has changed it meanwhile. */
export function lowerStackTraceLimit(limit: number): void {
  if (limit > 0 && Error.stackTraceLimit === limit * 2) Error.stackTraceLimit = limit;
}

/**
 * Calls `fn` while new errors keep `limit` frames, because capturing frames is most of the cost of an error. If the limit cannot be
 * set, just calls `fn`.
 */
export function withStackTraceLimit<T>(limit: number, fn: () => T): T {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // The intrinsics are frozen.
    return fn();
  }
  try {
    return fn();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
