/**
 * The lines of stack traces, as V8 has written them: which of them are the program's, and where they end. Each generator
 * that is resumed through `yield*` takes two frames, so that of the ten that an error has by default five would be noise.
 */
import { withStackTraceLimit } from './stack-trace-limit.ts';

/** How many frames are looked at to find so many of the program: each has a `.next` line, and some are the library's. */
const FRAMES_EACH = 3;
const FRAMES_MORE = 20;

/** The address of the file that a line is about. */
export function urlIn(line: string): string | undefined {
  return /(?:\(|at )((?:[a-z]+:)?[^()\s]*?):\d+:\d+\)?$/.exec(line.trim())?.[1];
}

/** The folder of the library, as stack traces name it. Null in a bundle, where the program's own code is beside it. */
const libraryFolder = folderIn(urlIn((new Error().stack ?? '').split('\n')[1] ?? ''));

function folderIn(url: string | undefined): string | null {
  return (
    /^(.*[/\\](?:dist[/\\]chunks|lib[/\\]greenlet)[/\\])[^/\\]+$/.exec(url ?? '')?.[1]?.replace(/[^/\\]+[/\\]$/, '') ??
    null
  );
}

/** True for what the library runs, as far as that can be told. */
export function isLibraryLine(line: string): boolean {
  return libraryFolder !== null && line.includes(libraryFolder);
}

/** True for what a person need not see: the library's lines, and those of generators that are only gone through. */
function isNoise(line: string): boolean {
  return (line.endsWith('(<anonymous>)') && /\.(?:next|throw|return) \(/.test(line)) || isLibraryLine(line);
}

/** How lines name the functions that resume greenlets. A bundler may have renamed them. */
const trampolines: string[] = [];

/** Marks a function that resumes greenlets: what is below it on the stack has nothing to do with them. */
export function markTrampoline(resumer: (...args: never[]) => unknown): void {
  trampolines.push(`at ${resumer.name} (`);
}

function isTrampoline(line: string): boolean {
  return trampolines.some((name) => line.includes(name)) && (libraryFolder === null || isLibraryLine(line));
}

/**
 * The lines of the running greenlet that are the program's, innermost first, as many as an error may have.
 *
 * @param raiser leaves itself, and those whom it calls, out
 */
export function programLines(raiser: (...args: never[]) => unknown): string[] {
  const limit = Number(Error.stackTraceLimit);
  if (!(limit > 0)) return [];
  const here: { stack?: unknown } = {};
  withStackTraceLimit(limit * FRAMES_EACH + FRAMES_MORE, () => Error.captureStackTrace?.(here, raiser));
  // The program may have its stacks prepared as something else than text.
  if (typeof here.stack !== 'string') return [];
  const lines = here.stack.split('\n').slice(1);
  const end = lines.findIndex(isTrampoline);
  return (end < 0 ? lines : lines.slice(0, end)).filter((line) => !isNoise(line)).slice(0, limit);
}

/** A stack without the lines of the library, and without those of the host that are below it. */
export function withoutNoise(stack: string): string {
  const lines = stack.split('\n');
  const end = lines.findIndex(isTrampoline);
  const isBelow = (line: string): boolean => libraryFolder === null || /\bnode:internal\b/.test(line);
  return lines.filter((line, index) => !isNoise(line) && !(end >= 0 && index >= end && isBelow(line))).join('\n');
}
