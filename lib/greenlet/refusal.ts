import { describe } from './describe.ts';
import { GreenletError } from './errors.ts';
import { RAISE_LIMIT, raiseOrUnwind } from './kernel.ts';
import type { Unwinding } from './rarities.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { SUSPENDED } from './state.ts';

/** A switch from main in which greenlets have tried to park. Main cannot wait, so nothing could ever resume them. */
export interface Refusal {
  readonly error: GreenletError;
  readonly greenlets: RawGreenlet[];
}

let refusal: Refusal | null = null;

/** Begins a switch from main. Returns the refusal of the switch around it. */
export function beginRefusals(outer: Refusal | null): Refusal | null {
  const previous = refusal;
  refusal = outer;
  return previous;
}

/** Raises an error in a greenlet that parks although main has switched to it. */
export function refuseToPark(target: RawGreenlet): RawGreenlet {
  refusal ??= { error: mainCannotWait(target), greenlets: [] };
  const { error, greenlets } = refusal;
  greenlets.push(target);
  raiseOrUnwind(error, greenlets.length);
  return target;
}

/**
 * Ends the greenlets that tried to park and have then switched to other greenlets.
 *
 * @param unwind resumes a greenlet in order to unwind it
 * @throws the error of the refusal, if there was one
 */
export function endRefused(unwind: (greenlet: RawGreenlet, unwinding: Unwinding) => void): void {
  if (refusal === null) return;
  const { error, greenlets } = refusal;
  for (const greenlet of greenlets) {
    for (let tries = 0; greenlet.state === SUSPENDED && tries < RAISE_LIMIT; tries += 1) {
      unwind(greenlet, { error, floor: null });
    }
  }
  throw error;
}

function mainCannotWait(target: RawGreenlet): GreenletError {
  return new GreenletError(
    `${describe(target)} blocks on the hub, but main entered it by switch(), and main cannot wait: ` +
      'start it with spawn() or run() instead',
  );
}
