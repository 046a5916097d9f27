import { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { Group } from '../pool/group.ts';
import { Nursery } from '../pool/nursery.ts';
import { Pool } from '../pool/pool.ts';
import { Acquirable } from '../sync/acquirable.ts';
import { Barrier } from '../sync/barrier.ts';
import { BoundedSemaphore } from '../sync/bounded-semaphore.ts';
import { Condition } from '../sync/condition.ts';
import { knownAs } from '../sync/flag-wait.ts';
import { Queue } from '../sync/queue.ts';
import { Semaphore } from '../sync/semaphore.ts';
import { groupsOf, placeOf } from './every-greenlet.ts';
import { gather } from './gather.ts';
import { greenletId, kindOf, nameOf, objectId } from './identity.ts';

/** An object that greenlets wait at, or a group that has members. */
export interface ObjectInfo {
  readonly id: string;
  /** The class: `Queue`, `Lock`. */
  readonly kind: string;
  readonly name: string;
  /** The ids of the greenlets that hold a lock, or are running members of a group; empty where that is not known. */
  readonly holders: readonly number[];
  /** The ids of the greenlets that wait at it, in no particular order. */
  readonly waiters: readonly number[];
  /** The items of a queue, the free permits of a semaphore, the arrivals at a barrier, the running members of a group; else null. */
  readonly size: number | null;
  /** The limit of that number; null if there is none. */
  readonly maxsize: number | null;
}

/** An object, with the greenlets themselves. */
export interface ObjectUse {
  readonly object: object;
  readonly holders: readonly RawGreenlet[];
  readonly waiters: readonly RawGreenlet[];
}

/** The objects that some greenlets wait at, the locks of conditions among them, and the groups that they are members of. */
export function objectUses(greenlets: readonly RawGreenlet[]): ObjectUse[] {
  const waiters = gather<RawGreenlet, object>(greenlets, (greenlet) => {
    const place = placeOf(greenlet);
    return place instanceof RawGreenlet ? null : place;
  });
  const locks = [...waiters.keys()].flatMap((object) => (object instanceof Condition ? [object.lock] : []));
  const members = new Map<object, RawGreenlet[]>();
  for (const greenlet of greenlets) {
    for (const group of groupsOf(greenlet)) {
      const known = members.get(knownAs(group));
      if (known === undefined) members.set(knownAs(group), [greenlet]);
      else known.push(greenlet);
    }
  }
  return [...new Set([...waiters.keys(), ...locks, ...members.keys()])].map((object) => ({
    object,
    holders: holdersOf(object) ?? members.get(object) ?? [],
    waiters: waiters.get(object) ?? [],
  }));
}

/** The same as plain data. */
export function objectInfos(greenlets: readonly RawGreenlet[]): ObjectInfo[] {
  return objectUses(greenlets).map(({ object, holders, waiters }) => ({
    ...objectState(object),
    holders: holders.map(greenletId),
    waiters: waiters.map(greenletId),
  }));
}

/** What an object is, without the greenlets. */
export function objectState(object: object): Omit<ObjectInfo, 'holders' | 'waiters'> {
  return {
    id: objectId(object),
    kind: kindOf(object),
    name: nameOf(object),
    size: sizeOf(object),
    maxsize: limitOf(object),
  };
}

/** The greenlets that occupy it; null for an object that does not know them. */
function holdersOf(object: object): readonly RawGreenlet[] | null {
  if (object instanceof Acquirable) return object.holders();
  return object instanceof Pool ? [...object.holders()] : null;
}

function sizeOf(object: object): number | null {
  if (object instanceof Queue) return object.qsize();
  if (object instanceof Semaphore) return finite(object.counter);
  if (object instanceof Barrier) return object.waiting;
  if (object instanceof Pool) return [...object.holders()].length;
  return object instanceof Group || object instanceof Nursery ? object.size : null;
}

function limitOf(object: object): number | null {
  if (object instanceof Queue) return finite(object.maxsize);
  if (object instanceof BoundedSemaphore) return finite(object.bound);
  if (object instanceof Barrier) return object.parties;
  return object instanceof Pool ? finite(object.capacity) : null;
}

/** JSON has no Infinity. */
function finite(limit: number): number | null {
  return limit === Infinity ? null : limit;
}
