/** The words of the line that shows a greenlet of the hub. */
import { GreenletExit } from '../../greenlet/errors.ts';
import { quoted, valueText } from '../../greenlet/shown.ts';
import { UNSTARTED } from '../../greenlet/state.ts';
import type { Greenlet } from './greenlet.ts';

/** `Greenlet#12 "load"`. By default, the name ends with the id. */
export function titleOf({ id, name }: Greenlet): string {
  const text = String(name);
  const own = text.endsWith(`-${id}`) ? text.slice(0, -`-${id}`.length) : text;
  return `Greenlet#${id} ${quoted(own)}`;
}

/** Says what a greenlet does, or how it has ended. @param otherwise the text for the states that raw greenlets have, too */
export function doingOf(greenlet: Greenlet, otherwise: string): string {
  const { input, rarities } = greenlet;
  const wasKilled = rarities?.killed === true;
  if (greenlet.dead) {
    if (greenlet.successful()) return `returned ${valueText(input)}`;
    const exit = input instanceof GreenletExit || (wasKilled && input === rarities?.reason);
    return `${exit ? 'killed with' : 'failed with'} ${valueText(input)}`;
  }
  if (greenlet.state === UNSTARTED && greenlet.started) return greenlet.place === 0 ? 'ready to run' : 'starts later';
  return wasKilled ? `killed, and ${otherwise}` : otherwise;
}
