import { describe } from './describe.ts';
import { GreenletError, isA } from './errors.ts';
import { withoutNoise } from './frames.ts';
import { raiseOrUnwind } from './kernel.ts';
import { isGenerator, isOperation, whereMade } from './operation.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import { cut, valueText } from './shown.ts';

/** The last error that was raised in a greenlet because it yielded a foreign value, and how many there were. */
const raised = new WeakMap<RawGreenlet, { readonly error: GreenletError; readonly times: number }>();

/** Messages show at most this many characters of a line of the program. */
const LONGEST = 80;

/** Raises an error in a greenlet that has yielded a value that is not the library's. Usually the star is missing. */
export function refuseYield(greenlet: RawGreenlet, value: unknown): void {
  const statement = forgottenStar(greenlet.calls?.fn ?? greenlet.run);
  const error = new GreenletError(`${describe(greenlet)} yielded ${advice(value, statement)}`);
  // The error's own stack shows only the trampoline. The line of the program is known only for operations, in debug mode.
  error.stack = `${error.name}: ${error.message}\n${whereMade(value) ?? `    at ${describe(greenlet)}`}`;
  const times = (raised.get(greenlet)?.times ?? 0) + 1;
  raised.set(greenlet, { error, times });
  raiseOrUnwind(error, times);
}

/**
 * Returns the error to report after an error was raised for a foreign value. If the program's iterator has no `throw()`, like the
 * iterator of an array, the engine throws an error of its own. Only its line is useful, so that is added to our error.
 */
export function foreignYieldOr(error: unknown, greenlet: RawGreenlet): unknown {
  if (!isA(error, TypeError)) return error;
  const given = raised.get(greenlet)?.error;
  try {
    if (given === undefined || !/does not provide a 'throw' method/.test(error.message)) return error;
    const [, ...lines] = withoutNoise(String(error.stack)).split('\n');
    given.stack = `${given.name}: ${given.message}\n${lines.join('\n')}`;
    return given;
  } catch {
    // If the error cannot be read, it is the program's own.
    return error;
  }
}

function advice(value: unknown, statement: string | undefined): string {
  const starred = (otherwise: string): string => `write \`${statement ?? otherwise}\`, with the star`;
  if (isOperation(value)) return `an operation without the star, so it did not run: ${starred('yield* operation')}`;
  if (isGenerator(value)) return `a generator, the result of calling a function*: ${starred('yield* fn()')}`;
  if (isAsyncIterable(value)) return 'an async iterable: go through it with `yield* forEach(items, body)`';
  if (value instanceof Promise) {
    return 'a promise: write `yield* until(promise)`, or `yield* promise` with patchPromise() from greenhub/monkey';
  }
  if (Array.isArray(value)) return `${valueText(value)}: to wait for several operations, write \`yield* all([a, b])\``;
  if (typeof value === 'function') return `${valueText(value)}, which was not called: write \`yield* fn()\``;
  return (
    `${valueText(value)}, which is not an operation: write \`yield*\` (with the star) before an operation, and ` +
    '`yield* sleep(0)` to let others run'
  );
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The only `yield` without a star in a function's source, with the star added; undefined unless there is exactly one. */
function forgottenStar(fn: unknown): string | undefined {
  const source = String(fn).replace(COMMENT_OR_STRING, (text) => (text.startsWith('/') ? '' : text));
  const [first, second] = source.matchAll(/\byield\s+(?!\*)([^;\n]*)/g);
  return first === undefined || second !== undefined
    ? undefined
    : `yield* ${cut(expressionIn(first[1] ?? ''), LONGEST)}`;
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;

/** The start of a text, up to an unmatched closing bracket or a comma outside brackets. */
function expressionIn(text: string): string {
  let depth = 0;
  for (let end = 0; end < text.length; end += 1) {
    if ('([{'.includes(text[end] as string)) depth += 1;
    else if (')]}'.includes(text[end] as string)) depth -= 1;
    if (depth < 0 || (depth === 0 && text[end] === ',')) return text.slice(0, end).trim();
  }
  return text.trim();
}
