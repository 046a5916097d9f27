import { describe } from './describe.ts';
import { GreenletError } from './errors.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** Cancels a switch that was created and not yielded. Returns the error that reports it. */
export function takeForgotten(greenlet: RawGreenlet): GreenletError {
  const target = greenlet.destination as RawGreenlet;
  greenlet.destination = null;
  return new GreenletError(
    `a switch to ${describe(target)} was made in ${describe(greenlet)} but not yielded, so it did nothing: ` +
      'write `yield* other.switch(…)` (or `yield* other.throw(…)`)',
  );
}
