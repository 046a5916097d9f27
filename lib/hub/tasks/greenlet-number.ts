import { kernel } from '../../greenlet/kernel.ts';
import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { Greenlet } from './greenlet.ts';

const numbers = new WeakMap<RawGreenlet, number>();
let last = 0;

/**
 * A number that is unique in this thread and stays the same: the `id` of a greenlet of `spawn()`, and 0 for main. Raw greenlets have no
 * id. They get a negative number when it is first asked for, so that asking does not change the numbers of others.
 */
export function numberOf(greenlet: RawGreenlet): number {
  if (greenlet instanceof Greenlet) return greenlet.id;
  if (greenlet === kernel.main) return 0;
  let number = numbers.get(greenlet);
  if (number === undefined) {
    last -= 1;
    number = last;
    numbers.set(greenlet, number);
  }
  return number;
}
