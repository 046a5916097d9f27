/**
 * How the library's objects are printed. `util.inspect()` (and so `console.log()`), `String()` and `JSON.stringify()` give
 * the same line: the name of the object, and its state in braces. A line has a bounded length, contains no items of a
 * queue, and never throws.
 */

/** The method that Node, Deno and Bun call to print an object. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The method that gives the text of an object. It may throw, and its text may be too long. */
export const TEXT: unique symbol = Symbol('greenhub.text');

/** An object with such a text. */
export interface Telling {
  /** @internal */
  [TEXT](): string;
}

/** A public object of the library. */
export abstract class Shown implements Telling {
  /** @internal */
  abstract [TEXT](): string;

  /** Its name and state, in one line. */
  toString(): string {
    return shown(this);
  }

  /** The same line. */
  toJSON(): string {
    return shown(this);
  }

  /** The same line: what `console.log()` prints. */
  [INSPECT](): string {
    return shown(this);
  }
}

/** The maximum lengths of a line, and of a name and a value in it. */
const LONGEST_LINE = 300;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 60;

/** We count up to this. */
const COUNTED = 1_000;

/** The line of an object. */
export function shown(object: Telling): string {
  try {
    return cut(object[TEXT](), LONGEST_LINE);
  } catch (error) {
    // The name may not convert to a string, or this may be a prototype, which has no state.
    return `${classOf(object)} { cannot be shown: ${valueText(error)} }`;
  }
}

/** The line of any value; null if it is not an object of the library. */
export function lineOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && TEXT in value ? shown(value as Telling) : null;
}

/** Joins name and states: `Lock#1 { held by load-12, 3 waiting }`. Leaves out null. */
export function line(kind: string, name: unknown, ...doing: (string | null)[]): string {
  return titled(titleOf(kind, name), ...doing);
}

/** The same for a title that is complete. */
export function titled(title: string, ...doing: (string | null)[]): string {
  const said = doing.filter((text) => text !== null).join(', ');
  return said === '' ? title : `${title} { ${said} }`;
}

/** A name from `nameOf()` contains the kind already: `Queue#3`. */
function titleOf(kind: string, name: unknown): string {
  const text = cut(String(name), LONGEST_NAME);
  if (text === '') return kind;
  return text.startsWith(`${kind}#`) || text === kind ? text : `${kind} ${quoted(text)}`;
}

/** A name in quotes. */
export function quoted(name: unknown): string {
  return JSON.stringify(cut(String(name), LONGEST_NAME));
}

/** A number of things: `no members`, `1 member`, `12 members`. */
export function counted(count: number | string, one: string, several = `${one}s`): string {
  if (count === 0) return `no ${several}`;
  return `${count} ${count === 1 ? one : several}`;
}

/** The number of members, counted up to 1,000. */
export function countOf(things: Iterable<unknown>): number | string {
  let count = 0;
  for (const _ of things) {
    if (count === COUNTED) return 'over 1,000';
    count += 1;
  }
  return count;
}

/** `3 waiting`, `1 waiting to get`; null if nobody waits. */
export function waitText(waiters: Iterable<unknown>, what = ''): string | null {
  const count = countOf(waiters);
  if (count === 0) return null;
  return what === '' ? `${count} waiting` : `${count} waiting to ${what}`;
}

/** Filled by a tool that measures it: how long a greenlet has been in its state, in milliseconds; null if that is not known. */
export const stateAge = { of: null as ((greenlet: object) => number | null) | null };

/** ` since 12 ms`, if a tool measures it. */
export function sinceText(greenlet: object): string {
  const age = stateAge.of?.(greenlet) ?? null;
  return age === null ? '' : ` since ${Math.round(age)} ms`;
}

/** A value in a few words: a short one in full, a longer one by its class. Never throws. */
export function valueText(value: unknown): string {
  try {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(cut(value, LONGEST_VALUE));
      case 'bigint':
        // Converting a huge one to digits takes long.
        return BigInt.asIntN(64, value) === value ? `${value}n` : 'a bigint';
      case 'function':
        return `the function ${cut(String(value.name), LONGEST_VALUE) || '(anonymous)'}`;
      case 'object':
        return value === null ? 'null' : objectText(value);
      default:
        return cut(String(value), LONGEST_VALUE);
    }
  } catch {
    // A proxy or a getter of the program threw.
    return `${typeof value === 'function' ? 'a function' : 'an object'} that cannot be shown`;
  }
}

function objectText(object: object): string {
  if (object instanceof Error) return errorText(object);
  const name = classOf(object);
  if (Array.isArray(object)) return `${name}(${object.length})`;
  if (object instanceof Map || object instanceof Set) return `${name}(${object.size})`;
  if (ArrayBuffer.isView(object)) return `${name}(${object.byteLength})`;
  return name;
}

function errorText({ name, message }: Error): string {
  const title = cut(String(name), LONGEST_VALUE);
  return message === '' ? title : `${title}: ${cut(String(message), LONGEST_NAME)}`;
}

function classOf(object: object): string {
  const name = (object as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? cut(name, LONGEST_VALUE) : 'Object';
}

/** The text in one line, cut off at a number of characters. */
export function cut(text: string, longest: number): string {
  const start = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return start.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
