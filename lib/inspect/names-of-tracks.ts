import { kernel } from '../greenlet/kernel.ts';
import { hub } from '../hub/loop/hub.ts';
import { HUB, type Kind, kind } from './event-log.ts';
import { nameText } from './greenlet-info.ts';
import type { Recorder } from './recorder.ts';

/**
 * Finds the names of tracks in a recording. A greenlet that has ended has its recorded name, a living one its present name.
 *
 * @param isWanted which tracks will be asked for; the others get no name
 */
export function namesOfTracks(recorder: Recorder, isWanted: (track: number) => boolean): (track: number) => string {
  const { log, trackNames, tracks } = recorder;
  const known = new Map<number, string>([[HUB, 'hub']]);
  for (const { kind: happened, who, other } of log) {
    if (isEnd(happened) && isWanted(who)) known.set(who, trackNames.nameOn(who, other));
  }
  for (const greenlet of [...hub.living(), kernel.current]) {
    const track = tracks.of(greenlet);
    if (track > 0 && isWanted(track)) known.set(track, nameText(greenlet));
  }
  return (track) => tracks.nameOf(track) ?? known.get(track) ?? `greenlet ${track}`;
}

function isEnd(happened: Kind): boolean {
  return happened === kind.END || happened === kind.FAIL;
}
