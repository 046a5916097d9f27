/** How many runs the search may use. */
const BUDGET = 400;

/**
 * Simplifies a list of choices (shorter, with more zeros) while it keeps a property. First it cuts off the end, then it
 * sets smaller and smaller stretches to 0. (After Zeller's delta debugging.)
 *
 * @param choices a list that has the property
 * @param holds returns whether a list has the property
 * @returns the simplest list found
 */
export function shrink(choices: readonly number[], holds: (choices: readonly number[]) => boolean): readonly number[] {
  let budget = BUDGET;
  const tryOut = (candidate: readonly number[]): boolean => {
    budget -= 1;
    return budget >= 0 && holds(candidate);
  };
  let shortest = choices;
  for (let length = Math.floor(choices.length / 2); length < shortest.length && budget > 0; ) {
    if (tryOut(shortest.slice(0, length))) {
      shortest = shortest.slice(0, length);
      length = Math.floor(length / 2);
    } else length = Math.max(length + 1, Math.ceil((length + shortest.length) / 2));
  }
  let plainest = shortest;
  for (let size = Math.ceil(plainest.length / 2); size >= 1 && budget > 0; size = Math.floor(size / 2)) {
    for (let from = 0; from < plainest.length && budget > 0; from += size) {
      const candidate = plainest.map((choice, index) => (index >= from && index < from + size ? 0 : choice));
      const isPlainer = candidate.some((choice, index) => choice !== plainest[index]);
      if (isPlainer && tryOut(candidate)) plainest = candidate;
    }
  }
  return plainest;
}
