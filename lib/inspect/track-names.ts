import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { Names } from './names.ts';

/**
 * Numbers for the names of greenlets that have ended. Most names are that of a function and an id, so only the function's name is
 * stored. A name of its own has a negative number.
 */
export class TrackNames {
  private readonly names: Names;

  constructor(names: Names) {
    this.names = names;
  }

  numberOf(greenlet: RawGreenlet): number {
    const { name } = greenlet.run;
    if (greenlet.rarities === null) return this.names.numberOf(name);
    const { id } = greenlet as { id?: number };
    return greenlet.name === nameOf(name, id) ? this.names.numberOf(name) : -1 - this.names.numberOf(greenlet.name);
  }

  /** The name of the greenlet on a track. */
  nameOn(track: number, number: number): string {
    return number < 0 ? this.names.name(-1 - number) : nameOf(this.names.name(number), track);
  }
}

/** The same as `Greenlet.name`. */
function nameOf(functionName: string, id: number | undefined): string {
  return `${functionName || 'anonymous'}-${id}`;
}
