/**
 * What a person sees of the library's objects. `util.inspect()` (and so `console.log()`), `String()` and `JSON.stringify()`
 * give the same line: what the object is, and in brackets what it does. No line grows with what an object holds, shows
 * what a queue's items are, runs code of the program on purpose, or throws.
 */

/** What Node, Deno and Bun call to show an object. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The method by which an object says what it is and does. It may throw, and be too long. */
export const TEXT: unique symbol = Symbol('greenhub.text');

/** An object that says what it is and does. */
export interface Telling {
  /** @internal */
  [TEXT](): string;
}

/** An object of the library that people hold in their hands. */
export abstract class Shown implements Telling {
  /** @internal */
  abstract [TEXT](): string;

  /** What it is and what it does, in one line. */
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

/** How long a line may be, and in it the name of an object, and a value. */
const LONGEST_LINE = 300;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 60;

/** More than this are not counted. */
const COUNTED = 1_000;

/** The line of an object. */
export function shown(object: Telling): string {
  try {
    return cut(object[TEXT](), LONGEST_LINE);
  } catch (error) {
    // A name that cannot be made a string, say; or it is a prototype, which has no state.
    return `${classOf(object)} (cannot be shown: ${valueText(error)})`;
  }
}

/** The line of whatever it is; null for what is no object of the library. */
export function lineOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && TEXT in value ? shown(value as Telling) : null;
}

/** Puts together what an object is and what it does: `Lock#1 (held by load-12, 3 wait)`. Null says nothing. */
export function line(kind: string, name: unknown, ...doing: (string | null)[]): string {
  const said = doing.filter((text) => text !== null).join(', ');
  return said === '' ? titleOf(kind, name) : `${titleOf(kind, name)} (${said})`;
}

/** A name that was given by `nameOf()` tells the kind already: `Queue#3`. */
function titleOf(kind: string, name: unknown): string {
  const text = cut(String(name), LONGEST_NAME);
  return text.startsWith(`${kind}#`) || text === kind ? text : `${kind} ${text}`;
}

/** A number of things: `no members`, `1 member`, `12 members`. */
export function counted(count: number | string, one: string, several = `${one}s`): string {
  if (count === 0) return `no ${several}`;
  return `${count} ${count === 1 ? one : several}`;
}

/** How many there are, of which those past the first 1,000 are not counted. */
export function countOf(things: Iterable<unknown>): number | string {
  let count = 0;
  for (const _ of things) {
    if (count === COUNTED) return 'over 1,000';
    count += 1;
  }
  return count;
}

/** `3 wait`, `1 getter waits`; null where nobody does. */
export function waitText(waiters: Iterable<unknown>, who = ''): string | null {
  const count = countOf(waiters);
  if (count === 0) return null;
  const [one, several] = who === '' ? ['waits', 'wait'] : [`${who} waits`, `${who}s wait`];
  return `${count} ${count === 1 ? one : several}`;
}

/** A value in a few words: what is short as a whole, of others the class. Does not throw, whatever the value is. */
export function valueText(value: unknown): string {
  try {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(cut(value, LONGEST_VALUE));
      case 'bigint':
        // The digits of a huge one take long to find.
        return BigInt.asIntN(64, value) === value ? `${value}n` : 'a bigint';
      case 'function':
        return `the function ${cut(String(value.name), LONGEST_VALUE) || '(anonymous)'}`;
      case 'object':
        return value === null ? 'null' : objectText(value);
      default:
        return cut(String(value), LONGEST_VALUE);
    }
  } catch {
    // A proxy, or a getter of the program's: it is none of this line's business.
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

/** The text in one line, and of no more than so many characters. */
export function cut(text: string, longest: number): string {
  const start = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return start.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
