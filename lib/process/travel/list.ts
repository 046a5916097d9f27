import { inspect } from 'node:util';

/** Up to this length, `Object.keys()` takes less time than `inspect()`. */
const SHORT = 100;

/** Shows only what an array has beside its items, whatever the program has set as the default. */
const NAMES_ONLY = {
  maxArrayLength: 0,
  depth: 0,
  breakLength: Infinity,
  compact: 3,
  customInspect: false,
  getters: false,
  showHidden: false,
  colors: false,
  numericSeparator: false,
} as const;

/** True for an array that has no holes, and no properties beside its items. Such an array can be read by index. */
export function isList(array: readonly unknown[]): boolean {
  if (array.length <= SHORT) return Object.keys(array).length === array.length && !hasHoles(array);
  return !hasHoles(array) && !hasNames(array);
}

/** Ends at the first hole, because a sparse array may have a length of millions. */
function hasHoles(array: readonly unknown[]): boolean {
  for (let index = 0; index < array.length; index += 1) {
    if (array[index] === undefined && !(index in array)) return true;
  }
  return false;
}

/**
 * `Object.keys()` of a long array takes longer than its clone. `inspect()` asks V8 for the other names directly; it is the
 * only way to them.
 */
function hasNames(array: readonly unknown[]): boolean {
  return !/^[^[]*\[ \.\.\. \d+ more items? \]$/.test(inspect(array, NAMES_ONLY));
}
