/**
 * Finds operations that were created and never run: calls without `yield*` or `await`. It is off by default, and then costs
 * nothing.
 *
 * An operation is certainly forgotten when it has become garbage, or when the process ends. So we hold operations weakly, and
 * remember only where they were created.
 */

import { isLibraryLine, urlIn } from '../../greenlet/frames.ts';
import { type BaseOperation, setOperationWatcher } from '../../greenlet/operation.ts';
import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { Switch } from '../../greenlet/switch.ts';
import { host } from '../loop/host.ts';
import { onExit } from '../loop/host-process.ts';

interface Made {
  /** The function that created the operation, as far as the stack shows. */
  readonly call: string;
  /** The stack line of the program that called it. */
  readonly line: string;
}

/** Operations that have not run yet. */
const waiting = new Map<number, Made>();
const numbers = new WeakMap<object, number>();
/** Lines that have been reported. Each line is reported once. */
const reported = new Set<string>();
let count = 0;
let isSetUp = false;

/** Null on hosts that do not tell what is garbage. There, operations are reported only at the end. */
let garbage: FinalizationRegistry<number> | null = null;

/** Turns the search for forgotten operations on or off. */
export function watchOperations(on: boolean): void {
  setOperationWatcher(on ? { note, excuse, lineOf } : null);
  if (!on) waiting.clear();
  if (!on || isSetUp) return;
  isSetUp = true;
  if (globalThis.FinalizationRegistry !== undefined) garbage = new FinalizationRegistry((number) => report(number));
  onExit(() => {
    for (const number of [...waiting.keys()]) report(number);
  });
}

function note(operation: BaseOperation<unknown>): void {
  // A switch that is not yielded already raises an error.
  if (operation instanceof Switch) return;
  const made = whereMade();
  if (made === undefined || reported.has(made.line)) return;
  count += 1;
  const number = count;
  waiting.set(number, made);
  numbers.set(operation, number);
  garbage?.register(operation, number);
  // These own methods hide those of the class until the operation is used for the first time.
  const prototype = Object.getPrototypeOf(operation) as BaseOperation<unknown>;
  const own = operation as { [Symbol.iterator]?: unknown; then?: unknown };
  const use = <A extends unknown[], R>(method: (...args: A) => R) =>
    function (this: unknown, ...args: A): R {
      excuse(operation);
      return method.apply(this as never, args);
    };
  own[Symbol.iterator] = use(prototype[Symbol.iterator]);
  // biome-ignore lint/suspicious/noThenProperty: an awaited operation counts as used
  own.then = use(prototype.then as (...args: unknown[]) => unknown);
}

/** Stops watching an operation, because it is used or has already taken effect. */
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
  // The library created this operation while the program was running another one on that line.
  if (call === 'Generator.next') return undefined;
  return { call, line: lines[index] as string };
}
