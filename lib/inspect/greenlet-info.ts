import { kernel } from '../greenlet/kernel.ts';
import { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { cut } from '../greenlet/shown.ts';
import { PARKED, SUSPENDED, UNSTARTED } from '../greenlet/state.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { isOfMain } from '../hub/tasks/owner.ts';
import { Pool } from '../pool/pool.ts';
import { knownAs } from '../sync/flag-wait.ts';
import { blockersOf, groupsOf, isAboutToBegin, placeOf } from './every-greenlet.ts';
import { greenletId, LONGEST_TEXT, NOT_TO_BE_SHOWN, objectId } from './identity.ts';
import { measured } from './measured.ts';
import { stackOf } from './stack-of.ts';

/** One greenlet at a moment. All times are milliseconds. */
export interface GreenletInfo {
  /** A greenlet of `spawn()` has its own id, main has 0, and others have negative numbers. */
  readonly id: number;
  readonly name: string;
  /** `main` is the code outside greenlets, and each `await` of it; `raw` is a greenlet that runs only when it is switched to. */
  readonly kind: 'main' | 'greenlet' | 'raw';
  readonly state: 'unstarted' | 'ready' | 'running' | 'waiting';
  /** What it waits for, in words; null unless it waits. */
  readonly waitsFor: string | null;
  /** The id of the object (a string) or greenlet (a number) that it waits at; null if it is none of the library's. */
  readonly waitsForId: string | number | null;
  /** The ids of the greenlets that could end its wait, as far as known: the holder of a lock, the greenlet that it joins. */
  readonly blockedBy: readonly number[];
  /** True if the holder of what it waits for has ended. */
  readonly orphaned: boolean;
  /** How long it has been in its state; null unless `stats()` is on, and if the state began before that. */
  readonly since: number | null;
  /** The id of the greenlet that spawned it; null if unknown, and for main. */
  readonly spawnedBy: number | null;
  /** The ids of the groups, pools and nurseries that it is a member of. */
  readonly groups: readonly string[];
  /** Where it was spawned; null unless `getHub().captureSpawnSites` was on. */
  readonly site: string | null;
  /** How often it was resumed; null unless `stats()` is on. */
  readonly runs: number | null;
  /** How long it has run; null unless `stats()` is on. */
  readonly busy: number | null;
  /** Its longest run without a suspension; null unless `stats()` is on. */
  readonly longest: number | null;
  /** How often in a row it went from `sleep(0)` to `sleep(0)`; null unless `stats()` is on. */
  readonly spins: number | null;
  /** Where it waits, innermost function first; null unless asked for. */
  readonly stack: readonly string[] | null;
}

/** The greenlet as plain data. */
export function greenletInfo(greenlet: RawGreenlet, withStack: boolean): GreenletInfo {
  const blockers = [...blockersOf(greenlet)];
  const measures = measured.of(greenlet);
  const groups = groupsOf(greenlet);
  const place = placeOf(greenlet);
  const spawner = spawnerOf(greenlet);
  return {
    id: greenletId(greenlet),
    name: nameText(greenlet),
    kind: kindOfGreenlet(greenlet),
    state: stateOf(greenlet),
    waitsFor: waitText(greenlet, place),
    waitsForId: place === null ? null : idOf(place),
    blockedBy: blockers.filter((blocker) => !isGone(blocker)).map(greenletId),
    orphaned: blockers.some(isGone),
    since: measures?.since ?? null,
    spawnedBy: spawner === null ? null : greenletId(spawner),
    groups: groups.map((group) => objectId(knownAs(group))),
    site: siteOf(greenlet),
    runs: measures?.runs ?? null,
    busy: measures?.busy ?? null,
    longest: measures?.longest ?? null,
    spins: measures?.spins ?? null,
    stack: withStack ? stackOf(greenlet) : null,
  };
}

/** A greenlet is known by its number, everything else by a text. */
export function idOf(place: object): string | number {
  return place instanceof RawGreenlet ? greenletId(place) : objectId(place);
}

/** Its name, in one line that is not too long. */
export function nameText(greenlet: RawGreenlet): string {
  return textOf(() => greenlet.name);
}

/** Where it was spawned; null if that is not known. */
export function siteOf(greenlet: RawGreenlet): string | null {
  return greenlet instanceof Greenlet ? firstLine(greenlet.spawnSite) : null;
}

export function kindOfGreenlet(greenlet: RawGreenlet): GreenletInfo['kind'] {
  if (greenlet === kernel.main || isOfMain(greenlet)) return 'main';
  return greenlet instanceof Greenlet ? 'greenlet' : 'raw';
}

/** What a greenlet does. */
export function stateOf(greenlet: RawGreenlet): GreenletInfo['state'] {
  if (greenlet === kernel.current) return 'running';
  if (greenlet.isQueued) return 'ready';
  if (greenlet.state !== UNSTARTED) return 'waiting';
  return isAboutToBegin(greenlet) ? 'ready' : 'unstarted';
}

/** What it waits for, in words. `place` is what it waits at. */
export function waitText(greenlet: RawGreenlet, place: object | null): string | null {
  const { state, waiting } = greenlet;
  if (state === PARKED) return textOf(() => waiting?.describe());
  if (place instanceof Pool) return textOf(() => `a slot of ${place.name}`);
  if (state === UNSTARTED) return startText(greenlet);
  return greenlet === kernel.current ? null : switchText(greenlet);
}

/** The wait of a greenlet that has switched to another one; null for any other greenlet. */
export function switchText({ state }: RawGreenlet): string | null {
  return state === SUSPENDED ? 'a switch back to it' : null;
}

/** Names the start that an unstarted greenlet waits for. Null if the greenlet is in the run queue, or if only the program can start it. */
function startText(greenlet: RawGreenlet): string | null {
  if (!(greenlet instanceof Greenlet) || isAboutToBegin(greenlet)) return null;
  if (greenlet.branching !== null) return 'its turn';
  return hasStartTimer(greenlet) ? 'its start' : null;
}

function hasStartTimer({ rarities }: Greenlet): boolean {
  return rarities !== null && rarities.startTimer !== null;
}

/** The greenlet that spawned it; null if that is not known. */
export function spawnerOf(greenlet: RawGreenlet): RawGreenlet | null {
  if (greenlet === kernel.main) return null;
  if (isOfMain(greenlet)) return kernel.main;
  const spawner = greenlet instanceof Greenlet ? greenlet.spawnedBy : greenlet.parent;
  return spawner !== null && isOfMain(spawner) && spawner.dead ? kernel.main : spawner;
}

/** An `await` in main is dead once it has ended, but main holds what it has acquired. */
export function isGone(greenlet: RawGreenlet): boolean {
  return greenlet.dead && !isOfMain(greenlet);
}

function firstLine(site: string | undefined): string | null {
  return site === undefined ? null : cut(site.split('\n')[0]?.trim().replace(/^at /, '') ?? '', LONGEST_TEXT);
}

/** A text from the program, cut to one line of limited length. Its conversion to a string may throw. */
export function textOf(get: () => unknown): string {
  try {
    return cut(String(get()), LONGEST_TEXT);
  } catch {
    return NOT_TO_BE_SHOWN;
  }
}
