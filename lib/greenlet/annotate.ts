import type { Call } from './call.ts';
import { describe } from './describe.ts';
import { GreenletExit, isA } from './errors.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** Errors whose stack was already completed, so that a deep recursion does it once and not at each frame. */
const annotated = new WeakSet<Error>();
const ANNOTATED_CALLS = 20;

/**
 * An error's own stack ends where the trampoline resumed the innermost `call()` frame; adds the callers below it,
 * as far as they are known by name.
 */
export function annotate(error: unknown, target: RawGreenlet, innermost: Call<unknown>): void {
  if (isA(error, GreenletExit) || !isA(error, Error)) return;
  if (error === target.pending?.error || annotated.has(error)) return;
  annotated.add(error);
  const lines: string[] = [];
  let call = innermost.outer;
  for (; call !== null && lines.length < ANNOTATED_CALLS; call = call.outer)
    lines.push(`    at ${call.name} (called by call())`);
  if (call !== null) lines.push('    … and the calls below');
  lines.push(`    at ${describe(target)}`);
  try {
    // Reflect.set and not an assignment: the stack of a frozen error stays as it is.
    Reflect.set(error, 'stack', `${error.stack}\n${lines.join('\n')}`);
  } catch {
    // So does one that cannot be read.
  }
}
