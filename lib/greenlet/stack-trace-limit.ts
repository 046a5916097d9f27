/**
 * Makes new errors keep twice as many frames, because each generator that runs through `yield*` takes two. It costs nothing
 * while no error is created.
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

/** Restores the previous limit, unless the program has set one of its own meanwhile. */
export function lowerStackTraceLimit(limit: number): void {
  if (limit > 0 && Error.stackTraceLimit === limit * 2) Error.stackTraceLimit = limit;
}

/**
 * Runs `fn` while new errors have so many frames in their stack: capturing them is what an error mostly costs. Does nothing
 * more than call it where the engine knows no such limit.
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
