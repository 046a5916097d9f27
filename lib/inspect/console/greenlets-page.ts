import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { now } from '../clock.ts';
import { placeOf } from '../every-greenlet.ts';
import { greenletInfo, nameText, siteOf, stateOf, waitText } from '../greenlet-info.ts';
import { greenletId } from '../identity.ts';
import { measured } from '../measured.ts';
import { ranked } from '../ranked.ts';
import { labels } from './crowds.ts';
import type { GreenletsPage } from './protocol.ts';
import type { Query } from './query.ts';

/** How many rows of the table are sent. */
const ROWS = 100;

type Value = string | number | null;
type Column = (greenlet: RawGreenlet) => Value;

/** The columns that the table can be sorted by. */
const columns: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['id', greenletId],
  ['name', nameText],
  ['state', stateOf],
  ['wait', waitOf],
  ['since', ageOf],
  ['runs', (greenlet) => measured.by?.of(greenlet)?.runs ?? 0],
  ['busy', (greenlet) => measured.by?.of(greenlet)?.busy ?? 0],
]);

/** One page of the table. Only what it shows is described. */
export function greenletsPage(living: readonly RawGreenlet[], query: Query): GreenletsPage {
  const from = Math.max(0, query.number('from', 0));
  const isDescending = query.text('order') === 'down';
  const filter = filterOf(query);
  const wanted = filter === null ? living : living.filter(filter);
  const { length: count } = wanted;
  // A descending order is the reverse of an ascending one.
  const [first, end] = isDescending
    ? [Math.max(0, count - from - ROWS), Math.max(0, count - from)]
    : [from, from + ROWS];
  const column = columns.get(query.text('sort'));
  const shown = column === undefined ? wanted.slice(first, end) : ranked(wanted, column, compare, first, end);
  const rows = shown.map((greenlet) => greenletInfo(greenlet, false));
  const begun = measured.by?.begun ?? null;
  return {
    view: 'greenlets',
    from,
    count,
    measuredFor: begun === null ? null : now() - begun,
    rows: isDescending ? rows.reverse() : rows,
  };
}

/** A state that began before the measuring has lasted longest. Main is not measured. */
function ageOf(greenlet: RawGreenlet): number | null {
  return measured.ageOf(greenlet) ?? (greenlet === kernel.main ? null : Number.MAX_VALUE);
}

function waitOf(greenlet: RawGreenlet): string | null {
  return waitText(greenlet, placeOf(greenlet));
}

/** Null if all greenlets are wanted. */
function filterOf(query: Query): ((greenlet: RawGreenlet) => boolean) | null {
  const text = query.text('filter').toLowerCase();
  const state = query.text('state');
  const wait = query.text('wait');
  const site = query.text('site');
  if (`${text}${state}${wait}${site}` === '') return null;
  return (greenlet) =>
    (state === '' || stateOf(greenlet) === state) &&
    (wait === '' || labels.wait(greenlet) === wait) &&
    (site === '' || labels.site(greenlet) === site) &&
    (text === '' || searchedIn(greenlet).includes(text));
}

function searchedIn(greenlet: RawGreenlet): string {
  const parts = [`#${greenletId(greenlet)}`, nameText(greenlet), waitOf(greenlet) ?? '', siteOf(greenlet) ?? ''];
  return parts.join(' ').toLowerCase();
}

/** What is not known comes first, so that it is last if the order is descending. */
function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
