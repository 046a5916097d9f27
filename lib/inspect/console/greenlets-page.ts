import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { type GreenletInfo, greenletInfo } from '../greenlet-info.ts';
import { groupings } from './crowds.ts';
import type { GreenletsPage } from './protocol.ts';
import type { Query } from './query.ts';

/** How many rows of the table are sent. */
const ROWS = 100;

type Value = string | number | null;

/** The columns that the table can be sorted by. */
const columns: ReadonlyMap<string, (info: GreenletInfo) => Value> = new Map<string, (info: GreenletInfo) => Value>([
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['state', ({ state }) => state],
  ['wait', ({ waitsFor }) => waitsFor],
  ['since', ({ since }) => since],
  ['runs', ({ runs }) => runs],
  ['busy', ({ busy }) => busy],
]);

/** One page of the table. Without a filter and in the order of spawning, only what it shows is looked at. */
export function greenletsPage(living: readonly RawGreenlet[], query: Query): GreenletsPage {
  const from = Math.max(0, query.number('from', 0));
  const isDescending = query.text('order') === 'down';
  const column = columns.get(query.text('sort')) ?? null;
  const filter = filterOf(query);
  if (column === null && filter === null) {
    const ordered = isDescending ? living.toReversed() : living;
    return { view: 'greenlets', from, count: living.length, rows: ordered.slice(from, from + ROWS).map(infoOf) };
  }
  const infos = living.map(infoOf).filter(filter ?? (() => true));
  if (column !== null) infos.sort((a, b) => compare(column(a), column(b)));
  if (isDescending) infos.reverse();
  return { view: 'greenlets', from, count: infos.length, rows: infos.slice(from, from + ROWS) };
}

function infoOf(greenlet: RawGreenlet): GreenletInfo {
  return greenletInfo(greenlet, false);
}

/** Null if all greenlets are wanted. */
function filterOf(query: Query): ((info: GreenletInfo) => boolean) | null {
  const text = query.text('filter').toLowerCase();
  const state = query.text('state');
  const wait = query.text('wait');
  const site = query.text('site');
  if (`${text}${state}${wait}${site}` === '') return null;
  return (info) =>
    (state === '' || info.state === state) &&
    (wait === '' || groupings.wait(info) === wait) &&
    (site === '' || groupings.site(info) === site) &&
    (text === '' || searchedIn(info).includes(text));
}

function searchedIn({ id, name, waitsFor, site }: GreenletInfo): string {
  return `#${id} ${name} ${waitsFor ?? ''} ${site ?? ''}`.toLowerCase();
}

/** What is not known comes first, so that it is last if the order is descending. */
function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
