/** How many runs the search may take. */
const BUDGET = 400;

/**
 * Makes a list of choices plainer (shorter, with more zeros) for as long as it still has a property: first its end is
 * cut off, then ever smaller stretches of it are set to 0. (After Zeller's delta debugging.)
 *
 * @param choices that have the property
 * @param holds whether a list has the property
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
