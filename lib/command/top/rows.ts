import { counted } from '../../greenlet/shown.ts';
import type { GreenletInfo } from '../../inspect/greenlet-info.ts';
import type { Overview } from '../../inspect/overview.ts';
import type { ProgramOverview } from '../../inspect/requests.ts';
import { duration } from '../duration.ts';
import { everyMember } from '../members.ts';
import { plain, plainLine } from '../plain.ts';
import { table } from '../table.ts';

const HEAD = ['ID', 'NAME', 'BUSY', '%', 'RUNS', 'SINCE', 'WAITS FOR'];
const LONGEST_NAME = 24;
/** The places to name, and the children. */
export const PLACES = 5;

/** The line with the numbers of a program. */
export function summaryLine({ hub }: Overview, switchesPerSecond: number | null): string {
  const rate = switchesPerSecond === null ? '' : `, ${Math.round(switchesPerSecond)} switches/s`;
  return `${counted(hub.greenlets, 'greenlet')}: ${hub.ready} ready, ${hub.waiting} waiting; ${counted(hub.timers, 'timer')}${rate}`;
}

/** The line with the places where most greenlets wait. */
export function placesLine({ places, otherPlaces }: Overview): string {
  const named = places.map(({ place, greenlets }) => `${plain(place)} ${greenlets}`);
  return `at: ${listed(named, otherPlaces)}`;
}

/** The line with the processes and threads that the program has started; none if there are none. */
export function childrenLines({ children }: ProgramOverview): string[] {
  if (children === null || children.length === 0) return [];
  const members = everyMember(children).map(({ member }) => member);
  const named = members.slice(0, PLACES).map(({ name, kind, pid, hub }) => {
    const greenlets = hub === null ? 'silent' : hub.greenlets;
    return `${plainLine(name)} (${kind === 'thread' ? kind : `process ${pid}`}) ${greenlets}`;
  });
  return [`children: ${listed(named, members.length - named.length)}`];
}

/** Joins what is named, and counts the others. */
function listed(named: readonly string[], others: number): string {
  return [...named, ...(others === 0 ? [] : [`${others} more`])].join(', ');
}

/** The table: its head, and a line for each greenlet. */
export function rowLines({ greenlets, elapsed }: Overview): string[] {
  const rows = greenlets.map((info) => cellsOf(info, elapsed));
  return table(HEAD, rows).trimEnd().split('\n');
}

function cellsOf({ id, name, state, waitsFor, busy, runs, since }: GreenletInfo, elapsed: number): (string | number)[] {
  return [
    id,
    cut(plain(name), LONGEST_NAME),
    duration(busy ?? 0),
    Math.round((100 * (busy ?? 0)) / Math.max(elapsed, 1)),
    runs ?? 0,
    since === null ? unknownAge(runs, elapsed) : duration(since),
    plain(waitsFor ?? `(${state})`),
  ];
}

/** A state that began before the measuring has lasted longer than that. Main is not measured. */
function unknownAge(runs: number | null, elapsed: number): string {
  return runs === null ? '' : `>${duration(elapsed)}`;
}

/** The text, or its beginning if it is too long. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
