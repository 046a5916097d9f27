import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import type { Asked } from '../asked.ts';
import { livingGreenlets, withUnstarted } from '../every-greenlet.ts';
import type { FamilyMember } from '../family.ts';
import { greenletInfo, spawnerOf } from '../greenlet-info.ts';
import { nameOf, objectId } from '../identity.ts';
import { measured } from '../measured.ts';
import { objectUses } from '../object-info.ts';
import { inTreeOrder } from '../tree-order.ts';
import type { Warning } from '../warnings.ts';
import { crowdsBy } from './crowds.ts';
import type { DistantGreenlet } from './distant-greenlet.ts';
import { greenletPage } from './greenlet-page.ts';
import type { GreenletWatch } from './greenlet-watch.ts';
import { greenletsPage } from './greenlets-page.ts';
import { objectRow, warningRows } from './people.ts';
import { processRows } from './process-rows.ts';
import type { CrowdsPage, ObjectsPage, OverviewPage, Page, TreePage, TreeRow } from './protocol.ts';
import type { Query } from './query.ts';
import type { Timeline } from './timeline.ts';

/** How many rows of a long list are sent. */
const ROWS = 100;
/** The overview shows the largest crowds only. */
const LARGEST = 6;
/** The seconds that the timeline shows. */
const WINDOW = 10;
const LONGEST_WINDOW = 60;

/** What a page shows besides what it looks at itself. */
export interface Sources {
  /** The latest warnings. Finding them takes longer than anything else, so all pages share them. */
  readonly warnings: readonly Warning[];
  /** Follows the greenlet that the page shows; null for any other page. */
  readonly watch: GreenletWatch | null;
  /** The greenlet of another process that the page shows; null if it shows none. */
  readonly distant: DistantGreenlet | null;
  /** Asks the processes that the program has started, while a page shows the tree. */
  readonly relatives: Asked<readonly FamilyMember[]>;
  /** Records what all greenlets do; null unless a page shows it. */
  readonly timeline: Timeline | null;
}

/**
 * Looks at what one page shows.
 *
 * @param sources what was found before
 */
export function pageOf(query: Query, sources: Sources): Page {
  const { warnings, watch, timeline, distant } = sources;
  if (distant !== null) return distant.read();
  // The timeline shows the past, so it does not need the list of living greenlets.
  if (timeline !== null && query.view === 'timeline') return timeline.read(windowOf(query));
  const living = withUnstarted(livingGreenlets());
  switch (query.view) {
    case 'greenlets':
      return greenletsPage(living, query);
    case 'crowds':
      return crowdsPage(living, query);
    case 'greenlet':
      return greenletPage(living, query.number('id', 0), warnings, watch);
    case 'objects':
      return objectsPage(living, query);
    case 'tree':
      return treePage(living, query, sources.relatives);
    case 'warnings':
      return { view: 'warnings', warnings: warningRows(warnings.slice(0, ROWS), living) };
    default:
      return overviewPage(living, warnings);
  }
}

function windowOf(query: Query): number {
  return 1_000 * Math.min(Math.max(query.number('seconds', WINDOW), 1), LONGEST_WINDOW);
}

function overviewPage(living: readonly RawGreenlet[], warnings: readonly Warning[]): OverviewPage {
  const times = measured.by?.read();
  return {
    view: 'overview',
    waits: crowdsBy(living, 'wait').slice(0, LARGEST),
    sites: crowdsBy(living, 'site').slice(0, LARGEST),
    warnings: warningRows(warnings.slice(0, LARGEST), living),
    times: times === undefined ? null : { slices: times.slices, delays: times.delays },
  };
}

function crowdsPage(living: readonly RawGreenlet[], query: Query): CrowdsPage {
  const by = query.text('by') === 'site' ? 'site' : 'wait';
  const crowds = crowdsBy(living, by);
  return { view: 'crowds', by, count: crowds.length, crowds: crowds.slice(0, ROWS) };
}

/** The objects with most waiters first. */
function objectsPage(living: readonly RawGreenlet[], query: Query): ObjectsPage {
  const from = Math.max(0, query.number('from', 0));
  const wanted = query.text('filter').toLowerCase();
  const objects = objectUses(living)
    .filter(({ object }) => `${objectId(object)} ${nameOf(object)}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.waiters.length - a.waiters.length || b.holders.length - a.holders.length);
  return { view: 'objects', from, count: objects.length, objects: objects.slice(from, from + ROWS).map(objectRow) };
}

function treePage(living: readonly RawGreenlet[], query: Query, relatives: Sources['relatives']): TreePage {
  const from = Math.max(0, query.number('from', 0));
  const rows: TreeRow[] = [];
  let at = 0;
  for (const { depth, greenlet } of inTreeOrder(living, (each) => each, spawnerOf)) {
    if (at >= from) rows.push({ depth, info: greenletInfo(greenlet, false) });
    at += 1;
    if (rows.length === ROWS) break;
  }
  return { view: 'tree', from, count: living.length, rows, processes: processRows(relatives.latest) };
}
