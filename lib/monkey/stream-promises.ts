import streamPromises from 'node:stream/promises';
import { boundBySignal } from './bound-by-signal.ts';
import { patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';

/** Patches `pipeline` and `finished` of `node:stream/promises`. */
export function patchStreamPromises(replace: Replace): void {
  const module = 'stream/promises';
  patchFunction(replace, module, streamPromises, 'pipeline', boundBySignal(optionsOfPipeline));
  patchFunction(replace, module, streamPromises, 'finished', boundBySignal(1));
}

/** The index of a pipeline's options: the last argument, or after the last stream if there are no options. */
function optionsOfPipeline(args: readonly unknown[]): number {
  return isOptions(args.at(-1)) ? args.length - 1 : args.length;
}

/** Node's own rule: an object that is neither a stream (of Node or the web) nor iterable. */
function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const marks = ['pipe', 'write', 'getReader', 'getWriter', 'readable', Symbol.iterator, Symbol.asyncIterator];
  return !marks.some((mark) => mark in value);
}
