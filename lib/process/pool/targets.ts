import type { Place } from '../travel/remote.ts';

/** A function in a module, as the workers of a pool know it. */
export interface PoolTarget {
  /** Its number in the pool. */
  readonly index: number;
  readonly place: Place;
}

/** Numbers the targets of a pool, so that each worker imports a target once, and tasks name it by its number. */
export class Targets {
  private readonly known = new Map<Place, PoolTarget>();
  private readonly byName = new Map<string, PoolTarget>();

  at(place: Place): PoolTarget {
    return this.known.get(place) ?? this.add(place);
  }

  private add(place: Place): PoolTarget {
    const name = `${place.module}#${place.export}`;
    let target = this.byName.get(name);
    if (target === undefined) {
      target = { index: this.byName.size, place };
      this.byName.set(name, target);
    }
    // The place of a remote function is always the same object; that of `{ module, export }` is new in each call.
    if (Object.isFrozen(place)) this.known.set(place, target);
    return target;
  }
}
