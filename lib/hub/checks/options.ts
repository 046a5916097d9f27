import type { TimeoutOption } from './checks.ts';
import { kindOf } from './kind-of.ts';

/** An example value of an option, for messages. */
type Kind = 'number' | 'boolean' | 'string' | 'function' | 'object' | 'any';

/** The option names of a call. The compiler checks that the list matches the type. */
export type OptionNames<O> = { readonly [Name in keyof O]-?: Kind };

/** The option names of a call that takes only `{ timeout }`. */
export const TIMEOUT: OptionNames<TimeoutOption> = { timeout: 'number' };

/**
 * Checks the names of a call's options, and that boolean options are booleans. Returns the options, or undefined if
 * there are none.
 *
 * @param names all options of the call
 * @param call the name of the call in messages, such as `queue.get()`
 * @throws TypeError for an unknown name, for anything but an options object, and for a boolean option with another value
 */
export function checkedOptions<O extends object>(
  options: O | undefined,
  names: OptionNames<O>,
  call: string,
): O | undefined {
  const isRight = options === undefined || ((names as object) === TIMEOUT && isTimeoutAlone(options));
  if (!isRight) checkNames(options, names, call);
  return options;
}

/**
 * Refuses an options object that is passed to a call without options, which would ignore it silently. Other extra arguments
 * are ignored, as JavaScript does: `promises.map(until)` passes an index.
 *
 * @param write what to write instead
 * @throws TypeError for an object
 */
export function refuseOptions(extra: unknown, call: string, write: string): void {
  if (!isOptionsObject(extra)) return;
  throw new TypeError(`${call} takes no options: to limit its time, write ${write}`);
}

/** A faster check for the most common case: `{ timeout }` alone. */
function isTimeoutAlone(options: object): boolean {
  let isThere = false;
  for (const name in options) {
    if (name !== 'timeout') return false;
    isThere = true;
  }
  return isThere;
}

/**
 * Like `checkedOptions()`, for options that are passed on to a foreign API with option names of its own. Refuses only names
 * that look like a misspelling of ours.
 *
 * @param names our own options
 */
export function checkedOwnOptions<O extends object>(
  options: O | undefined,
  names: { readonly [Name in keyof O]?: Kind },
  call: string,
): O | undefined {
  if (options === undefined) return options;
  if (!isOptionsObject(options)) throw notOptions(options, names, call);
  for (const name of Object.keys(options)) {
    if (!isKnown(names, name) && nearestOf(name, names) !== undefined) throw unknownOption(name, names, call);
  }
  return options;
}

/** At most this many slips in a name, because each one more triples the time of the search. */
const MOST_SLIPS = 4;

type Names = { readonly [name: string]: Kind | undefined };

function checkNames(options: object, names: Names, call: string): void {
  if (!isOptionsObject(options)) throw notOptions(options, names, call);
  let knows = false;
  for (const name in options) {
    if (isKnown(names, name)) {
      knows = true;
      if (names[name] === 'boolean') checkSwitch((options as Record<string, unknown>)[name], name, call);
    } else if (Object.hasOwn(options, name)) {
      // Inherited properties belong to a class, so they are ignored.
      const isMeant = knows || isPlain(options) || nearestOf(name, names) !== undefined;
      throw isMeant ? unknownOption(name, names, call) : notOptions(options, names, call);
    }
  }
  // A Map, an Error or an AbortSignal may have no enumerable properties.
  if (!knows && Object.prototype.toString.call(options) !== '[object Object]') throw notOptions(options, names, call);
}

/** Any other value would silently count as false or true. */
function checkSwitch(value: unknown, name: string, call: string): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new TypeError(`${name} of ${call} must be true or false, not ${kindOf(value)}`);
}

function isOptionsObject(options: unknown): options is object {
  return typeof options === 'object' && options !== null && !Array.isArray(options);
}

function isKnown(names: Names, name: string): boolean {
  return typeof names[name] === 'string';
}

/** False for an instance of a class. Also recognizes plain objects of another realm. */
function isPlain(options: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(options);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknownOption(name: string, names: Names, call: string): TypeError {
  const nearest = nearestOf(name, names);
  const shown = /^[\w$]{1,40}$/.test(name) ? name : JSON.stringify(name.slice(0, 40));
  const hint = nearest === undefined ? `it takes ${listOf(Object.keys(names))}` : `did you mean ${nearest}?`;
  return new TypeError(`${shown} is not an option of ${call}: ${hint}`);
}

function notOptions(value: unknown, names: Names, call: string): TypeError {
  return new TypeError(
    `${call} takes its options as an object, not ${kindOf(value)}: write ${exampleOf(value, names)}`,
  );
}

/** An example of the right call, with the option that the value was probably meant for. */
function exampleOf(value: unknown, names: Names): string {
  const all = Object.keys(names);
  const kind = typeof value;
  const name = all.find((each) => names[each] === kind) ?? all.find((each) => names[each] === 'any') ?? all[0];
  const fits = name !== undefined && (names[name] === kind || names[name] === 'any');
  return kind === 'number' && fits ? `{ ${name}: ${value} }` : `{ ${name}: … }`;
}

function listOf(names: readonly string[]): string {
  const last = names.at(-1);
  return names.length === 1 ? `${last}` : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** The option that is probably meant by a misspelled name; undefined if none is similar. */
function nearestOf(name: string, names: Names): string | undefined {
  const written = plain(name);
  const most = Math.min(Math.max(1, Math.floor(written.length / 3)), MOST_SLIPS);
  for (let slips = 0; slips <= most; slips += 1) {
    const nearest = Object.keys(names).find((candidate) => areNear(written, plain(candidate), slips));
    if (nearest !== undefined) return nearest;
  }
  return undefined;
}

/** Makes snake_case and camelCase spellings of a name equal. */
function plain(name: string): string {
  return name.slice(0, 40).replaceAll('_', '').toLowerCase();
}

/** True if a few slips turn one name into the other: a letter too many, too few or wrong, or two neighbours swapped. */
function areNear(a: string, b: string, slips: number): boolean {
  if (Math.abs(a.length - b.length) > slips) return false;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  if (a.length === same && b.length === same) return true;
  if (slips === 0) return false;
  const canDrop = (ofA: number, ofB: number): boolean => areNear(a.slice(same + ofA), b.slice(same + ofB), slips - 1);
  const isSwapped = a[same] === b[same + 1] && a[same + 1] === b[same];
  return canDrop(1, 1) || canDrop(1, 0) || canDrop(0, 1) || (isSwapped && canDrop(2, 2));
}
