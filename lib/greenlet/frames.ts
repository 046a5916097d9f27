/**
 * The lines of V8's stack traces: which lines are the program's, and where a greenlet's lines end. Each generator that is resumed
 * through `yield*` takes two frames, so half of the ten frames that an error keeps by default would be noise.
 */
import { withStackTraceLimit } from './stack-trace-limit.ts';

/** How many frames to collect for each frame of the program. Each has a `.next` line, and some frames are the library's. */
const FRAMES_EACH = 3;
const FRAMES_MORE = 20;

/** The file address in a line. */
export function urlIn(line: string): string | undefined {
  return /(?:\(|at )((?:[a-z]+:)?[^()\s]*?):\d+:\d+\)?$/.exec(line.trim())?.[1];
}

/**
 * The library's folder in stack traces. Null in a bundle, where the program's code is in the same file. Undefined until it is
 * first needed, because the first stack trace of a process takes almost a millisecond.
 */
let knownFolder: string | null | undefined;

function libraryFolder(): string | null {
  if (knownFolder !== undefined) return knownFolder;
  const stack: unknown = withStackTraceLimit(1, () => new Error().stack);
  // `Error.prepareStackTrace` may return anything.
  knownFolder = typeof stack === 'string' ? folderIn(urlIn(stack.split('\n')[1] ?? '')) : null;
  return knownFolder;
}

function folderIn(url: string | undefined): string | null {
  return (
    /^(.*[/\\](?:dist[/\\]chunks|lib[/\\]greenlet)[/\\])[^/\\]+$/.exec(url ?? '')?.[1]?.replace(/[^/\\]+[/\\]$/, '') ??
    null
  );
}

/** True for a line of the library, as far as we can tell. */
export function isLibraryLine(line: string): boolean {
  const folder = libraryFolder();
  return folder !== null && line.includes(folder);
}

/** True for noise: lines of the library, and the `.next` lines of generators. */
function isNoise(line: string): boolean {
  return (line.endsWith('(<anonymous>)') && /\.(?:next|throw|return) \(/.test(line)) || isLibraryLine(line);
}

/** The names in stack traces of the functions that resume greenlets. A bundler may have renamed them. */
const trampolines: string[] = [];

/** Marks a function that resumes greenlets. The frames below it do not belong to the greenlet. */
export function markTrampoline(resumer: (...args: never[]) => unknown): void {
  trampolines.push(`at ${resumer.name} (`);
}

function isTrampoline(line: string): boolean {
  return trampolines.some((name) => line.includes(name)) && (libraryFolder() === null || isLibraryLine(line));
}

/**
 * The program's lines in the stack of the running greenlet, innermost first, at most `Error.stackTraceLimit` of them.
 *
 * @param raiser the lines start below this function
 * @param limit how many lines to keep
 */
export function programLines(
  raiser: (...args: never[]) => unknown,
  limit: number = Number(Error.stackTraceLimit),
): string[] {
  if (!(limit > 0)) return [];
  return programLinesOf(captureHere(raiser, limit * FRAMES_EACH + FRAMES_MORE)).slice(0, limit);
}

/**
 * Captures the present stack. It is formatted when it is first read.
 *
 * @param raiser the lines start below this function
 * @param frames how many frames to keep
 */
export function captureHere(raiser: (...args: never[]) => unknown, frames: number): { stack?: unknown } {
  const here: { stack?: unknown } = {};
  withStackTraceLimit(frames, () => Error.captureStackTrace?.(here, raiser));
  return here;
}

/** The program's lines in a captured stack, down to the end of the greenlet's own. */
export function programLinesOf(captured: { stack?: unknown }): string[] {
  const { stack } = captured;
  // `Error.prepareStackTrace` may return anything.
  if (typeof stack !== 'string') return [];
  const lines = stack.split('\n').slice(1);
  const end = lines.findIndex(isTrampoline);
  return (end < 0 ? lines : lines.slice(0, end)).filter((line) => !isNoise(line));
}

/** A stack without the lines of the library, and without the host's lines below them. */
export function withoutNoise(stack: string): string {
  const lines = stack.split('\n');
  const end = lines.findIndex(isTrampoline);
  const isBelow = (line: string): boolean => libraryFolder() === null || /\bnode:(?:internal|async_hooks)\b/.test(line);
  return lines.filter((line, index) => !isNoise(line) && !(end >= 0 && index >= end && isBelow(line))).join('\n');
}
