import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { livingGreenlets, withUnstarted } from '../every-greenlet.ts';
import { type GreenletInfo, greenletInfo } from '../greenlet-info.ts';
import { measured } from '../measured.ts';
import { objectInfos } from '../object-info.ts';
import { inTreeOrder } from '../tree-order.ts';
import type { Warning } from '../warnings.ts';
import { crowdsBy, groupings } from './crowds.ts';
import type { GreenletWatch } from './greenlet-watch.ts';
import { greenletsPage } from './greenlets-page.ts';
import { Directory } from './people.ts';
import type { CrowdsPage, GreenletPage, ObjectsPage, OverviewPage, Page, TreePage, WarningsPage } from './protocol.ts';
import type { Query } from './query.ts';

/** How many rows of a long list are sent. */
const ROWS = 100;
/** The overview shows the largest crowds only. */
const LARGEST = 6;

/**
 * Looks at what one page shows.
 *
 * @param warnings what was found to be wrong last: finding it takes longer than anything else, so all pages share it
 * @param watch what follows the greenlet of the page; null if the page is another
 */
export function pageOf(query: Query, warnings: readonly Warning[], watch: GreenletWatch | null): Page {
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
      return treePage(living, query);
    case 'warnings':
      return warningsPage(living, warnings);
    default:
      return overviewPage(living, warnings);
  }
}

function infosOf(greenlets: readonly RawGreenlet[]): GreenletInfo[] {
  return greenlets.map((greenlet) => greenletInfo(greenlet, false));
}

function overviewPage(living: readonly RawGreenlet[], warnings: readonly Warning[]): OverviewPage {
  const infos = infosOf(living);
  const times = measured.by?.read();
  return {
    view: 'overview',
    waits: crowdsBy(infos, groupings.wait).slice(0, LARGEST),
    sites: crowdsBy(infos, groupings.site).slice(0, LARGEST),
    warnings: warningsPage(living, warnings).warnings.slice(0, LARGEST),
    times: times === undefined ? null : { slices: times.slices, delays: times.delays },
  };
}

function crowdsPage(living: readonly RawGreenlet[], query: Query): CrowdsPage {
  const by = query.text('by') === 'site' ? 'site' : 'wait';
  const crowds = crowdsBy(infosOf(living), groupings[by]);
  return { view: 'crowds', by, count: crowds.length, crowds: crowds.slice(0, ROWS) };
}

function greenletPage(
  living: readonly RawGreenlet[],
  id: number,
  warnings: readonly Warning[],
  watch: GreenletWatch | null,
): GreenletPage {
  const directory = new Directory(living);
  const greenlet = directory.find(id);
  const infos = infosOf(living);
  const info = greenlet === undefined ? null : greenletInfo(greenlet, true);
  const spawner = info?.spawnedBy ?? null;
  const objects = objectInfos(living).filter(({ holders, waiters }) => holders.includes(id) || waiters.includes(id));
  return {
    view: 'greenlet',
    id,
    info,
    spawnedBy: directory.people(spawner === null ? [] : [spawner]),
    blockedBy: directory.people(info?.blockedBy ?? []),
    blocks: directory.people(infos.filter(({ blockedBy }) => blockedBy.includes(id)).map((each) => each.id)),
    children: directory.people(infos.filter(({ spawnedBy }) => spawnedBy === id).map((each) => each.id)),
    objects: objects.slice(0, ROWS).map((each) => directory.objectRow(each)),
    warnings: warnings.filter(({ greenlets }) => greenlets.includes(id)).map((each) => directory.warningRow(each)),
    watched: watch?.read() ?? null,
  };
}

/** The objects with most waiters first. */
function objectsPage(living: readonly RawGreenlet[], query: Query): ObjectsPage {
  const directory = new Directory(living);
  const wanted = query.text('filter').toLowerCase();
  const objects = objectInfos(living)
    .filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.waiters.length - a.waiters.length || b.holders.length - a.holders.length);
  return {
    view: 'objects',
    count: objects.length,
    objects: objects.slice(0, ROWS).map((each) => directory.objectRow(each)),
  };
}

function treePage(living: readonly RawGreenlet[], query: Query): TreePage {
  const from = Math.max(0, query.number('from', 0));
  const order = inTreeOrder(infosOf(living));
  return { view: 'tree', from, count: order.length, rows: order.slice(from, from + ROWS) };
}

function warningsPage(living: readonly RawGreenlet[], warnings: readonly Warning[]): WarningsPage {
  const directory = new Directory(living);
  return { view: 'warnings', warnings: warnings.slice(0, ROWS).map((each) => directory.warningRow(each)) };
}
