/** Reads what V8 says under `--trace-opt --trace-deopt --log-deopt`. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed, root } from './peers/paths.ts';

/** Code that was thrown away. */
export interface Deoptimisation {
  name: string;
  reason: string;
  /** Where the code could not go on: in the function, or in what was inlined there. */
  places: string[];
}

/** How many functions were optimised: each counts once, although a part of it may be compiled by itself before, for a loop in it. */
export function optimisedIn(trace: string): number {
  const completed = trace.matchAll(/completed optimizing \w+ <JSFunction (.*?\(sfi = \w+\))>/g);
  return new Set(Array.from(completed, ([, name]) => name)).size;
}

/**
 * The trace has the functions and the log the places, both in the order in which it happened. Code that is replaced by better
 * code while it runs (on stack replacement) is not thrown away.
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

/** The places in source files; Node's own are left out. */
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
