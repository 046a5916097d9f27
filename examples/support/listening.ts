import type { Operation } from 'greenhub';
import { codeOf } from './why.ts';

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program has it',
  EACCES: 'this user may not have it',
};

/** Waits until a server listens. A port that it cannot have ends the program with one line. */
export function* listening(starting: Operation<unknown>, port: number) {
  try {
    yield* starting;
  } catch (error) {
    const code = codeOf(error) ?? '';
    const reason = REASONS[code];
    if (reason === undefined) throw error;
    console.error(`cannot listen on port ${port}: ${reason} (${code}). Name another port, or 0 for a free one`);
    process.exit(1);
  }
}
