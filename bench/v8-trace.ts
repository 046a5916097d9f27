/** Reads the output of V8 with `--trace-opt --trace-deopt --log-deopt --log-function-events`. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed, root } from './peers/paths.ts';

/** A deoptimisation: V8 discarded optimised code. */
export interface Deoptimisation {
  name: string;
  reason: string;
  /** Where the code could not continue: in the function, or in a function inlined there. */
  places: string[];
}

/**
 * The number of functions that have run, without Node's own. V8 compiles each of them at its first call. Functions without a name do
 * not count: in the built package, most of them only make a class.
 */
export function functionsRunIn(log: string): number {
  const scripts = new Map(Array.from(log.matchAll(/^script-details,(\d+),([^,]*),/gm), ([, id, name]) => [id, name]));
  const runs = [...log.matchAll(/^function,first-execution,(\d+),(\d+),.*[^,\n]$/gm)];
  const own = runs.filter(([, script]) => scripts.get(script)?.startsWith('file:'));
  return new Set(own.map(([, script, start]) => `${script}:${start}`)).size;
}

/** The number of optimised functions. Each counts once, even if V8 compiled one of its loops separately before. */
export function optimisedIn(trace: string): number {
  const completed = trace.matchAll(/completed optimizing \w+ <JSFunction (.*?\(sfi = \w+\))>/g);
  return new Set(Array.from(completed, ([, name]) => name)).size;
}

/**
 * The trace contains the functions and the log contains the places, both in chronological order. Code that is replaced by better
 * code while it runs (on-stack replacement) does not count.
 */
export function thrownAwayIn(trace: string, log: string): Deoptimisation[] {
  const names = trace.matchAll(
    /marking dependent code .*?<SharedFunctionInfo ?(.*?)>|\[bailout .*?<JSFunction (.*?) ?\(sfi/g,
  );
  const entries = log.matchAll(/^code-deopt,(?:[^,]*,){4}[^,]*,[^,]*,(<.*>),(.*)$/gm);
  const functions = [...names].map(([, marked, bailedOut]) => marked || bailedOut || '(anonymous)');
  return [...entries]
    .map(([, places = '', reason = ''], i) => ({ name: functions[i] ?? '?', reason, places: sourcesOf(places) }))
    .filter(({ places, reason }) => places.length > 0 && !reason.includes('on stack replacement'));
}

/** The places in source files, without Node's own. */
function sourcesOf(places: string): string[] {
  return [...places.matchAll(/<(file:.*?):(\d+):(\d+)>/g)].map(([, url = '', line, column]) => {
    return original(fileURLToPath(url), Number(line), Number(column));
  });
}

const maps = new Map<string, SourceMap | null>();

function original(path: string, line: number, column: number): string {
  const { originalSource, originalLine } = (mapOf(path)?.findEntry(line - 1, column - 1) ?? {}) as {
    originalSource?: string;
    originalLine?: number;
  };
  if (originalSource === undefined || originalLine === undefined) return `${relative(root, path)}:${line}`;
  return `${relative(installed, new URL(originalSource, `file://${path}`).pathname)}:${originalLine + 1}`;
}

function mapOf(path: string): SourceMap | null {
  let map = maps.get(path);
  if (map === undefined) {
    const file = `${path}.map`;
    map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
    maps.set(path, map);
  }
  return map;
}
