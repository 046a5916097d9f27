import { StoreError } from '../errors.ts';

/** How the answers of the server begin. Those of a script contain its name, too. */
const ANSWERS = [
  [/\bOOM\b/, 'full', 'has no memory left (maxmemory), and stores nothing'],
  [/\bREADONLY\b/, 'read-only', 'is a read-only replica, and stores nothing'],
  [/\bMISCONF\b/, 'read-only', 'cannot save to its disk, and so stores nothing'],
] as const;

/** The error for callers: a StoreError if the server is the reason, or else the error itself. */
export function storeError(error: unknown, server: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const { message, name, command } = error as Error & { command?: unknown };
  for (const [pattern, code, text] of ANSWERS) {
    if (pattern.test(message)) return new StoreError(code, `the server ${server} ${text}`, { cause: error });
  }
  if (isConnectionError(error)) {
    return new StoreError('unreachable', `the connection to the server ${server} was lost`, { cause: error });
  }
  if (name === 'ReplyError' && command !== undefined) {
    return new StoreError('refused', `the server ${server} refuses: ${message}`, { cause: error });
  }
  return error;
}

export function isConnectionError(error: Error): boolean {
  const { code = '' } = error as Error & { code?: unknown };
  return (
    /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET)/.test(String(code)) ||
    /Connection is closed|ECONNREFUSED|Command timed out|Socket timeout/.test(error.message)
  );
}
