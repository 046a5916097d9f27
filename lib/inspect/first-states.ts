import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { stop } from './event-log.ts';
import { livingGreenlets, placeOf } from './every-greenlet.ts';
import { stateOf, waitText } from './greenlet-info.ts';
import type { Names } from './names.ts';
import type { Recorder } from './recorder.ts';

/**
 * Why the greenlets that are there do not run, by their tracks; see `stop`. A recording begins with this, because a greenlet that
 * waits for long has no event that says so.
 */
export function firstStates({ names, tracks }: Recorder): Map<number, number> {
  const states = new Map<number, number>();
  for (const greenlet of livingGreenlets()) {
    if (greenlet !== kernel.main && greenlet !== kernel.current)
      states.set(tracks.of(greenlet), reasonOf(greenlet, names));
  }
  tracks.rest();
  return states;
}

function reasonOf(greenlet: RawGreenlet, names: Names): number {
  if (stateOf(greenlet) === 'ready') return stop.READY;
  const wait = waitText(greenlet, placeOf(greenlet));
  return wait === null ? stop.SWITCHED : names.numberOf(wait);
}
