import { checkedFunction } from '../../hub/checks/checks.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { moduleUrl } from './module-url.ts';

/** Where another process finds a function: the URL of its module and the name of the export. */
export interface Place {
  readonly module: string;
  readonly export: string;
}

/** A function or a class. */
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse functions with parameters
type Callable = ((...args: any[]) => unknown) | (abstract new (...args: any[]) => unknown);

const places = new WeakMap<object, Place>();
/** The remote functions of the modules that are loaded here, by `keyOf()`. */
const functions = new Map<string, Callable>();

/**
 * Marks a function as one that other processes can find. You can still call it here. Other processes import its module and take
 * the export of that name; the text of the function is never sent.
 *
 * It may be a generator function, an async or a plain function, or a class that extends `Process`. Wherever a *target* is
 * taken, you can pass it, and it may be part of arguments and results.
 *
 * @example
 * export const square = remote(import.meta.url, 'square', function* (n: number) {
 *   yield* sleep(1);
 *   return n * n;
 * });
 *
 * const nine = yield* pool.apply(square, [3]);
 *
 * @param module `import.meta.url`: a `file:` URL, or the absolute path of a file
 * @param name the name of the export; `'default'` for `export default`
 * @returns the function itself
 * @throws TypeError if an argument is of another kind
 */
// biome-ignore lint/complexity/noBannedTypes: a constraint with parameters would give its `any` to a parameter such as `retries = 3`
export function remote<F extends Function>(module: string | URL, name: string, fn: F): F {
  const url = moduleUrl(module, 'remote()');
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`remote() takes the name of the export as a string, not ${name === '' ? "''" : kindOf(name)}`);
  }
  checkedFunction(fn, 'remote()');
  const place: Place = Object.freeze({ module: url, export: name });
  places.set(fn, place);
  functions.set(keyOf(place), fn as unknown as Callable);
  return fn;
}

/** The place of a remote function. */
export function knownPlace(fn: object): Place | undefined {
  return places.get(fn);
}

/** The remote function of a place, if its module is loaded here. */
export function functionAt(place: Place): Callable | undefined {
  return functions.get(keyOf(place));
}

function keyOf({ module, export: name }: Place): string {
  return `${module}#${name}`;
}
