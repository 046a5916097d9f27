import { describe } from './describe.ts';
import { GreenletExit, isA } from './errors.ts';
import { programLines, withoutNoise } from './frames.ts';
import { kernel } from './kernel.ts';
import type { RawGreenlet } from './raw-greenlet.ts';

/** What we have already added to the stack of an error. */
interface Added {
  /** The waiters whose frames were added. */
  readonly waiters: WeakSet<RawGreenlet>;
  /** For each greenlet, how many of its `call()` frames were added. */
  readonly calls: WeakMap<RawGreenlet, number>;
  /** The number of greenlets whose frames were added. */
  count: number;
}

const added = new WeakMap<Error, Added>();
const MOST_CALLS = 20;
/** After this many greenlets, an error collects no more frames, because any number of greenlets may rethrow it. */
const MOST_GREENLETS = 10;

/**
 * Adds the frames of a waiting greenlet to the error that it receives. The error's own stack shows only where it was created.
 *
 * @param raiser the frames start below this function
 * @param above returns the text above the frames
 */
export function addWaiter(
  error: Error,
  greenlet: RawGreenlet,
  raiser: (...args: never[]) => unknown,
  above: (error: Error) => unknown = ownStack,
): void {
  const all = addedTo(error);
  if (all.waiters.has(greenlet) || !countsOne(all)) return;
  all.waiters.add(greenlet);
  addFrames(error, greenlet, programLines(raiser), above);
}

/**
 * Adds the frames of the caller to an error from a `call()`, because the caller is not below the call on the JavaScript stack. In
 * a deep recursion, only the innermost calls add theirs.
 *
 * @param raiser the frames start below this function
 */
export function addCaller(error: unknown, greenlet: RawGreenlet, raiser: (...args: never[]) => unknown): void {
  if (isA(error, GreenletExit) || !isA(error, Error) || error === greenlet.pending?.error) return;
  const all = addedTo(error);
  const calls = all.calls.get(greenlet) ?? 0;
  if (calls > MOST_CALLS || (calls === 0 && !all.waiters.has(greenlet) && !countsOne(all))) return;
  all.calls.set(greenlet, calls + 1);
  if (calls < MOST_CALLS) addFrames(error, greenlet, programLines(raiser), ownStack);
  else append(error, ownStack, ['    … and the calls below', lastLine(greenlet)]);
}

/** Adds frames. The outermost frames of a greenlet end with its name; the frames of a `call()` have others below them. */
function addFrames(error: Error, greenlet: RawGreenlet, lines: string[], above: (error: Error) => unknown): void {
  if (lines.length === 0) return;
  if (greenlet.calls === null) lines.push(lastLine(greenlet));
  append(error, above, lines);
}

function lastLine(greenlet: RawGreenlet): string {
  return `    at ${describe(greenlet)}`;
}

/**
 * Adds the frames of the running greenlet to an error of a promise or of another greenlet, as `await` does with its `at async`
 * lines. Leaves errors that cancel the greenlet itself alone. Does nothing in main.
 *
 * @param raiser the frames start below this function
 */
export function addWaiterHere(error: unknown, raiser: (...args: never[]) => unknown): void {
  const { current, main } = kernel;
  if (current === main || isA(error, GreenletExit) || !isA(error, Error) || current.pending?.error === error) return;
  addWaiter(error, current, raiser);
}

function addedTo(error: Error): Added {
  let all = added.get(error);
  if (all === undefined) {
    all = { waiters: new WeakSet(), calls: new WeakMap(), count: 0 };
    added.set(error, all);
  }
  return all;
}

/** Counts one more greenlet. Returns false if there are already enough. */
function countsOne(all: Added): boolean {
  all.count += 1;
  return all.count <= MOST_GREENLETS;
}

function ownStack(error: Error): unknown {
  return typeof error.stack === 'string' ? withoutNoise(error.stack) : undefined;
}

function append(error: Error, above: (error: Error) => unknown, lines: readonly string[]): void {
  try {
    // In Node 26 the stack of a frozen error could be set.
    if (Object.isFrozen(error)) return;
    const start = above(error);
    // Reflect.set instead of an assignment: a stack that cannot be set stays as it is.
    if (start !== undefined) Reflect.set(error, 'stack', `${start}\n${lines.join('\n')}`);
  } catch {
    // A stack that cannot be read stays as it is.
  }
}
