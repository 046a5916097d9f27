import { Timeout } from 'greenhub';

/** Describes in one line why something failed. `fetch` only says "fetch failed" and hides the real error in `cause`. */
export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Timeout) return `timed out after ${error.ms} ms`; // its own message is for debugging
  if (error.cause instanceof Error) return why(error.cause);
  // A host with several addresses gives one error for each.
  if (error instanceof AggregateError) return error.errors.map(why).join('; ');
  const code = codeOf(error);
  return code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}

/** The code of an error from Node or undici, such as ECONNRESET, or that of its `cause`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.cause instanceof Error ? codeOf(error.cause) : (error as NodeJS.ErrnoException).code;
}
