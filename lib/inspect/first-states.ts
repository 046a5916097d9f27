import { kernel } from '../greenlet/kernel.ts';
import { UNSTARTED } from '../greenlet/state.ts';
import { livingGreenlets, placeOf } from './every-greenlet.ts';
import { waitText } from './greenlet-info.ts';
import type { Recorder } from './recorder.ts';

/**
 * Why the greenlets that are there do not run, by their tracks; see `stop`. A recording begins with this, because a greenlet that
 * waits for long has no event that says so.
 */
export function firstStates(recorder: Recorder): Map<number, number> {
  const { names, tracks } = recorder;
  const states = new Map<number, number>();
  for (const greenlet of livingGreenlets()) {
    if (greenlet === kernel.main || greenlet === kernel.current) continue;
    // An unstarted greenlet is ready, or waits for its start.
    const wait = greenlet.state === UNSTARTED ? waitText(greenlet, placeOf(greenlet)) : null;
    states.set(tracks.of(greenlet), wait === null ? recorder.reasonOf(greenlet) : names.numberOf(wait));
  }
  tracks.rest();
  return states;
}
