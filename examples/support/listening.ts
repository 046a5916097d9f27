import type { Operation } from 'greenhub';
import { codeOf } from './why.ts';

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program uses it',
  EACCES: 'this user has no permission',
};

/** Waits until a server or socket listens. If the port is not available, ends the program with one line. */
export function* listening<T>(starting: Operation<T>, port: number) {
  try {
    return yield* starting;
  } catch (error) {
    const code = codeOf(error) ?? '';
    const reason = REASONS[code];
    if (reason === undefined) throw error;
    console.error(`cannot listen on port ${port}: ${reason} (${code}). Choose another port, or 0 for a free port`);
    return process.exit(1);
  }
}
