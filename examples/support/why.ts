import { Timeout } from 'greenhub';

/** Says in one line why something failed. `fetch` only says "fetch failed" and hides the real error in `cause`. */
export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Timeout) return `timed out after ${error.ms} ms`; // its own message is for who looks for a bug
  if (error.cause instanceof Error) return why(error.cause);
  // When a host has several addresses, there is one error for each of them.
  if (error instanceof AggregateError) return error.errors.map(why).join('; ');
  const code = codeOf(error);
  return code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}

/** The code that Node or undici gives an error, like ECONNRESET, be it in its `cause`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.cause instanceof Error ? codeOf(error.cause) : (error as NodeJS.ErrnoException).code;
}
