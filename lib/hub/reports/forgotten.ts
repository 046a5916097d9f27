/**
 * Finds operations that were made and never run: calls without their `yield*` or `await`. Off unless asked for, and then
 * it costs nothing.
 *
 * That one will never be run is certain when it is garbage, or when the process ends. So operations are held weakly,
 * and only where they were made is remembered.
 */

import { isLibraryLine, urlIn } from '../../greenlet/frames.ts';
import { type BaseOperation, setOperationWatcher } from '../../greenlet/operation.ts';
import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { Switch } from '../../greenlet/switch.ts';
import { host } from '../loop/host.ts';

interface Made {
  /** What was called, as far as the stack tells. */
  readonly call: string;
  /** The line of the program that called it. */
  readonly line: string;
}

/** Those that were not run yet. */
const waiting = new Map<number, Made>();
const numbers = new WeakMap<object, number>();
/** Lines that were reported, or are about to be: one report a line is enough. */
const reported = new Set<string>();
let count = 0;
let isSetUp = false;

const garbage = new FinalizationRegistry<number>((number) => report(number));

/** Begins to look for operations that are made and never run, or stops. */
export function watchOperations(on: boolean): void {
  setOperationWatcher(on ? { note, excuse, lineOf } : null);
  if (!on) waiting.clear();
  if (!on || isSetUp) return;
  isSetUp = true;
  host.onExit(() => {
    for (const number of [...waiting.keys()]) report(number);
  });
}

function note(operation: BaseOperation<unknown>): void {
  // A switch that is not yielded is an error already.
  if (operation instanceof Switch) return;
  const made = whereMade();
  if (made === undefined || reported.has(made.line)) return;
  count += 1;
  const number = count;
  waiting.set(number, made);
  numbers.set(operation, number);
  garbage.register(operation, number);
  // Its own methods stand before those of its class until it is used once.
  const prototype = Object.getPrototypeOf(operation) as BaseOperation<unknown>;
  const own = operation as { [Symbol.iterator]?: unknown; then?: unknown };
  const use = <A extends unknown[], R>(method: (...args: A) => R) =>
    function (this: unknown, ...args: A): R {
      excuse(operation);
      return method.apply(this as never, args);
    };
  own[Symbol.iterator] = use(prototype[Symbol.iterator]);
  // biome-ignore lint/suspicious/noThenProperty: what is awaited is used
  own.then = use(prototype.then as (...args: unknown[]) => unknown);
}

/** It is used, or has acted when it was made. */
function excuse(operation: object): void {
  const number = numbers.get(operation);
  if (number === undefined) return;
  numbers.delete(operation);
  waiting.delete(number);
  const own = operation as { [Symbol.iterator]?: unknown; then?: unknown };
  delete own[Symbol.iterator];
  delete own.then;
}

function lineOf(operation: object): string | undefined {
  return waiting.get(numbers.get(operation) ?? 0)?.line;
}

function report(number: number): void {
  const made = waiting.get(number);
  waiting.delete(number);
  if (made === undefined || reported.has(made.line)) return;
  reported.add(made.line);
  host.report(
    `an operation was made by ${made.call}() and never run, so it did nothing: write \`yield*\` before it in a greenlet, ` +
      `\`await\` elsewhere\n${made.line}`,
  );
}

function whereMade(): Made | undefined {
  const { stack = '' } = withStackTraceLimit(30, () => new Error());
  const lines = stack.split('\n').slice(1);
  const isOwn = (line: string): boolean => {
    const url = urlIn(line);
    return url === undefined || url.startsWith('node:') || isLibraryLine(line);
  };
  const index = lines.findIndex((line) => !isOwn(line));
  if (index < 0) return undefined;
  const call = /^\s*at (?:new )?([^\s(]+) \(/.exec(lines[index - 1] ?? '')?.[1]?.replace(/^Module\./, '') ?? 'a call';
  // The program runs an operation there, and the library made this one in the course of it.
  if (call === 'Generator.next') return undefined;
  return { call, line: lines[index] as string };
}
