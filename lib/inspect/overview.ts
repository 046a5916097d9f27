import { kernel } from '../greenlet/kernel.ts';
import { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { now } from './clock.ts';
import { livingGreenlets, placeOf } from './every-greenlet.ts';
import { tally } from './gather.ts';
import { generalWait } from './general-wait.ts';
import { type GreenletInfo, greenletInfo, stateOf, waitText } from './greenlet-info.ts';
import { type HubInfo, hubInfo } from './hub-info.ts';
import { greenletId, nameOf, objectId, objectTitle } from './identity.ts';
import { measured } from './measured.ts';
import { ranked } from './ranked.ts';

/** What to sort greenlets by: how long they have run, how long they have been in their state, how often they ran, or their age. */
export type OverviewOrder = 'busy' | 'since' | 'runs' | 'id';

export interface OverviewOptions {
  readonly sort: OverviewOrder;
  /** The largest number of greenlets. */
  readonly limit: number;
  /** The largest number of places. */
  readonly places: number;
}

/** How many greenlets wait at one place. */
export interface PlaceInfo {
  /** An object with its name, a greenlet, an operation such as `sleep(…)`, or `ready` for greenlets that wait for nothing. */
  readonly place: string;
  readonly greenlets: number;
}

/** A part of what a snapshot has, for a screen. */
export interface Overview {
  readonly pid: number;
  /** How long greenlets have been measured, in milliseconds. `busy` and `runs` of greenlets are since then. 0 if nothing measures. */
  readonly elapsed: number;
  /** How long it took to make this, in milliseconds. */
  readonly took: number;
  readonly hub: HubInfo;
  readonly greenlets: readonly GreenletInfo[];
  /** The places where most greenlets wait, and how many other places there are. */
  readonly places: readonly PlaceInfo[];
  readonly otherPlaces: number;
}

/** Describes the greenlets that come first in an order. The others only count, so it is cheap with many. */
export function overview({ sort, limit, places }: OverviewOptions): Overview {
  const begun = now();
  const living = livingGreenlets();
  const crowds = placesOf(living);
  const first = ranked(living, keys[sort], (a, b) => b - a, 0, limit);
  const greenlets = first.map((greenlet) => greenletInfo(greenlet, false));
  return {
    pid: process.pid,
    elapsed: begun - (measured.by?.begun ?? begun),
    took: now() - begun,
    hub: hubInfo(living),
    greenlets,
    places: crowds.slice(0, places),
    otherPlaces: Math.max(0, crowds.length - places),
  };
}

/** Greenlets with the greatest keys come first. */
const keys: Record<OverviewOrder, (greenlet: RawGreenlet) => number> = {
  busy: (greenlet) => measured.by?.of(greenlet)?.busy ?? 0,
  runs: (greenlet) => measured.by?.of(greenlet)?.runs ?? 0,
  since: ageKey,
  id: (greenlet) => -greenletId(greenlet),
};

/** A state that began before the measuring has lasted longest. Main is not measured. */
function ageKey(greenlet: RawGreenlet): number {
  return measured.ageOf(greenlet) ?? (greenlet === kernel.main ? 0 : Number.MAX_VALUE);
}

/** The places with their numbers of greenlets, the fullest first. */
function placesOf(greenlets: readonly RawGreenlet[]): PlaceInfo[] {
  const crowds = tally<RawGreenlet, object | string>(greenlets, (greenlet) => placeOf(greenlet) ?? doing(greenlet));
  return [...crowds]
    .map(([place, { count }]) => ({
      place: typeof place === 'string' ? place : nameOfPlace(place),
      greenlets: count,
    }))
    .sort((a, b) => b.greenlets - a.greenlets);
}

function nameOfPlace(place: object): string {
  const name = nameOf(place);
  return place instanceof RawGreenlet ? `#${greenletId(place)} ${name}` : objectTitle(objectId(place), name);
}

/** For a greenlet that waits at no object: its state or, if it waits, what it waits for. */
function doing(greenlet: RawGreenlet): string {
  const state = stateOf(greenlet);
  if (state !== 'waiting') return state;
  return generalWait(waitText(greenlet, null) ?? state);
}
