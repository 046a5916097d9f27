import type { Call } from '../greenlet/call.ts';
import { markTrampoline, programLinesOf } from '../greenlet/frames.ts';
import { kernel, resume } from '../greenlet/kernel.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { probe } from '../greenlet/probe.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { isQueued, PARKED, SUSPENDED } from '../greenlet/state.ts';

const k = kernel;

/**
 * The lines of the program in the stack of a suspended greenlet, innermost first: its generators, and the callers of each `call()`.
 * Empty if the greenlet has not begun, runs, or has ended.
 *
 * @param most the number of lines after which the callers of a deep recursion are only counted
 */
export function suspendedLines(greenlet: RawGreenlet, most: number): string[] {
  const { state } = greenlet;
  const isSuspended = state === PARKED || state === SUSPENDED || isQueued(state);
  if (!isSuspended || probe.isOn || greenlet === k.current) return [];
  const lines: string[] = [];
  let frame = greenlet.frame;
  let call: Call<unknown> | null = greenlet.calls;
  while (frame !== null) {
    const here = linesAt(frame);
    if (here === null) return [];
    for (const line of here) lines.push(line);
    if (call === null) break;
    if (lines.length >= most) {
      lines.push(`    … and ${depthOf(call)} calls below`);
      break;
    }
    frame = call.caller;
    call = call.outer;
  }
  return lines;
}

/** The lines of one frame; null if it cannot be looked at, because it is on the JavaScript stack. */
function linesAt(frame: Coroutine<unknown>): string[] | null {
  const { hosting, parkable, resumed } = k;
  probe.isOn = true;
  k.resumed = k.main;
  k.hosting = false;
  k.parkable = false;
  try {
    resumeToLook(frame);
  } catch {
    // The generator is running: its greenlet is the host of the running one.
  } finally {
    probe.isOn = false;
    k.resumed = resumed;
    k.hosting = hosting;
    k.parkable = parkable;
  }
  const { captured } = probe;
  probe.captured = null;
  // Formatted only now, because `Error.prepareStackTrace` may be a function of the program.
  return captured === null ? null : programLinesOf(captured);
}

function resumeToLook(frame: Coroutine<unknown>): void {
  resume.call(frame, undefined);
}

markTrampoline(resumeToLook);

function depthOf(innermost: Call<unknown>): number {
  let depth = 0;
  for (let call: Call<unknown> | null = innermost; call !== null; call = call.outer) depth += 1;
  return depth;
}
