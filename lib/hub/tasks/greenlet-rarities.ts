import { Rarities } from '../../greenlet/rarities.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { StartTimer } from './start-timer.ts';

/** The fields that few greenlets of the hub need. */
export class GreenletRarities extends Rarities {
  destination: RawGreenlet | null = null;
  parent: RawGreenlet | null = null;
  name: string | null = null;
  spawnSite: string | undefined = undefined;
  startTimer: StartTimer | null = null;
  controller: AbortController | null = null;
  killed = false;
  /** The error it was killed with. */
  reason: unknown = undefined;
  /** How many waits have claimed its error. */
  claims = 0;
}
