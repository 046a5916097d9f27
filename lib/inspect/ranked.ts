/** Is negative if the first comes before the second, as for `sort()`. */
type Compare<K> = (a: K, b: K) => number;

/**
 * The items at the places `from` to `to` of an order, without sorting the others: by quickselect, in a time that is proportional to
 * their number. Equal items keep their order.
 *
 * @param keyOf called once for each item
 */
export function ranked<T, K>(
  items: readonly T[],
  keyOf: (item: T) => K,
  compare: Compare<K>,
  from: number,
  to: number,
): T[] {
  const keys = items.map(keyOf);
  const compareAt: Compare<number> = (a, b) => compare(keys[a] as K, keys[b] as K) || a - b;
  const indexes = Uint32Array.from(keys.keys());
  const [first, end] = [Math.min(from, items.length), Math.min(to, items.length)];
  select(indexes, first, 0, compareAt);
  select(indexes, end, first, compareAt);
  return [...indexes.subarray(first, end).sort(compareAt)].map((index) => items[index] as T);
}

/** Reorders the indexes from `start` on, so that those that belong before `place` are there, in any order. */
function select(indexes: Uint32Array, place: number, start: number, compare: Compare<number>): void {
  let [low, high] = [start, indexes.length - 1];
  // At `low`, those before it are where they belong.
  while (low < place && place <= high) {
    const [left, right] = partition(indexes, low, high, compare);
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else return;
  }
}

/** Moves what comes before a pivot to the front. Returns where the others begin, and where the former end. */
function partition(indexes: Uint32Array, low: number, high: number, compare: Compare<number>): [number, number] {
  const pivot = indexes[(low + high) >>> 1] as number;
  let [left, right] = [low, high];
  while (left <= right) {
    while (compare(indexes[left] as number, pivot) < 0) left += 1;
    while (compare(indexes[right] as number, pivot) > 0) right -= 1;
    if (left > right) break;
    const moved = indexes[left] as number;
    indexes[left] = indexes[right] as number;
    indexes[right] = moved;
    left += 1;
    right -= 1;
  }
  return [left, right];
}
