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
