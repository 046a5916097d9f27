import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { blockersOf } from '../every-greenlet.ts';
import { greenletInfo, isGone, spawnerOf } from '../greenlet-info.ts';
import { greenletId } from '../identity.ts';
import { objectUses } from '../object-info.ts';
import type { Warning } from '../warnings.ts';
import type { GreenletWatch } from './greenlet-watch.ts';
import { objectRow, peopleOf, warningRows } from './people.ts';
import type { GreenletPage } from './protocol.ts';

/** The largest number of objects to send. */
const OBJECTS = 100;

/** One greenlet with its stack and its relations. */
export function greenletPage(
  living: readonly RawGreenlet[],
  id: number,
  warnings: readonly Warning[],
  watch: GreenletWatch | null,
): GreenletPage {
  const greenlet = living.find((each) => greenletId(each) === id);
  const concerning = warnings.filter(({ greenlets }) => greenlets.includes(id));
  const rows = warningRows(concerning, living);
  const page = { ...emptyPage(id), warnings: rows, watched: watch?.read() ?? null };
  if (greenlet === undefined) return page;
  const spawner = spawnerOf(greenlet);
  const objects = objectUses(living).filter(
    ({ holders, waiters }) => holders.includes(greenlet) || waiters.includes(greenlet),
  );
  return {
    ...page,
    info: greenletInfo(greenlet, true),
    spawnedBy: peopleOf(spawner === null ? [] : [spawner]),
    blockedBy: peopleOf([...blockersOf(greenlet)].filter((blocker) => !isGone(blocker))),
    blocks: peopleOf(living.filter((each) => isBlockedBy(each, greenlet))),
    children: peopleOf(living.filter((each) => spawnerOf(each) === greenlet)),
    objects: objects.slice(0, OBJECTS).map(objectRow),
  };
}

/** The page of a greenlet of which nothing is known. */
export function emptyPage(id: number): GreenletPage {
  const nobody = peopleOf([]);
  const relations = { spawnedBy: nobody, blockedBy: nobody, blocks: nobody, children: nobody };
  return { view: 'greenlet', within: null, id, info: null, ...relations, objects: [], warnings: [], watched: null };
}

function isBlockedBy(greenlet: RawGreenlet, by: RawGreenlet): boolean {
  for (const blocker of blockersOf(greenlet)) if (blocker === by) return true;
  return false;
}
