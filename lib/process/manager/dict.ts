import type { Operation } from '../../greenlet/operation.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { type Known, shares } from '../shared/shared.ts';
import { decode } from '../travel/encode.ts';
import { keyText, propertyStep } from '../travel/path.ts';
import { type DictKey, DictService } from './dict-service.ts';
import { asItIs, Managed } from './managed.ts';
import { checkedStep, type Stored, stored } from './stored.ts';

/** The contents of a dict: entries, as a Map gives them, or a plain object. */
export type DictEntries<K, V> = Iterable<readonly [K, V]> | Readonly<Record<string, V>>;

/**
 * A dictionary in the server of a Manager. Each method is one atomic operation there. What you get is a copy: to change an object
 * inside, get it, change it and `set()` it again.
 *
 * Values may be anything that can be sent to another process. Keys are strings, numbers, bigints or booleans.
 *
 * @example
 * const scores = manager.dict({ anna: 1 });
 * yield* scores.increment('anna');
 * yield* scores.copy(); // Map { 'anna' => 2 }
 */
export class DictProxy<K extends DictKey = DictKey, V = unknown> extends Managed {
  /** @internal A Manager makes it. */
  constructor(known: Known) {
    super('Dict', known);
  }

  /** Gives the value of a key; `otherwise` if there is none. */
  get(key: K): Operation<V | undefined>;
  get<D>(key: K, otherwise: D): Operation<V | D>;
  get(key: K, otherwise?: unknown): Operation<unknown> {
    return this.read('get', [checkedDictKey(key)], (value?: Stored) => valueOr(value, otherwise));
  }

  /** @throws TypeError if the value cannot be sent; then nothing has changed */
  set(key: K, value: V): Operation<void> {
    checkedDictKey(key);
    return this.change('set', () => [key, stored(value)], asItIs<void>);
  }

  has(key: K): Operation<boolean> {
    return this.read('has', [checkedDictKey(key)], asItIs<boolean>);
  }

  /** Gives true if the key was there. */
  delete(key: K): Operation<boolean> {
    checkedDictKey(key);
    return this.change('delete', () => [key], asItIs<boolean>);
  }

  /** Deletes a key and gives its value; `otherwise` if there is none. */
  pop(key: K): Operation<V | undefined>;
  pop<D>(key: K, otherwise: D): Operation<V | D>;
  pop(key: K, otherwise?: unknown): Operation<unknown> {
    checkedDictKey(key);
    return this.change(
      'pop',
      () => [key],
      (value?: Stored) => valueOr(value, otherwise),
    );
  }

  /** Gives the value of a key. If there is none, `value` is set and given. */
  setdefault(key: K, value: V): Operation<V> {
    checkedDictKey(key);
    return this.change(
      'setdefault',
      () => [key, stored(value)],
      (present: Stored) => decode(present) as V,
    );
  }

  /**
   * Sets many entries, all of them at once.
   *
   * @param entries a Map, other entries, or a plain object
   * @throws TypeError if a key or a value cannot be used; then nothing has changed
   */
  update(entries: DictEntries<K, V>): Operation<void> {
    return this.change('update', () => [storedEntries(entries)], asItIs<void>);
  }

  /**
   * Adds to a number. A missing one counts as 0.
   *
   * @returns an operation that gives the sum
   * @throws TypeError if the value is no number
   */
  increment(key: K, by = 1): Operation<number> {
    checkedDictKey(key);
    checkedStep(by);
    return this.change('increment', () => [key, by], asItIs<number>);
  }

  /**
   * Sets a value if the present one is as expected. Objects are compared by what they contain. A missing value counts as
   * undefined.
   *
   * @returns an operation that tells whether it was set
   */
  compareAndSet(key: K, expected: V | undefined, value: V): Operation<boolean> {
    checkedDictKey(key);
    return this.change(
      'compareAndSet',
      () => [key, stored(expected, () => 'expected'), stored(value)],
      asItIs<boolean>,
    );
  }

  /** Gives the keys, in the order in which they were first set. */
  keys(): Operation<K[]> {
    return this.read('keys', [], asItIs<K[]>);
  }

  values(): Operation<V[]> {
    return this.read('values', [], (values: readonly Stored[]) => values.map((value) => decode(value) as V));
  }

  entries(): Operation<[key: K, value: V][]> {
    return this.read('entries', [], (entries: readonly (readonly [K, Stored])[]) => decodedEntries<K, V>(entries));
  }

  size(): Operation<number> {
    return this.read('size', [], asItIs<number>);
  }

  clear(): Operation<void> {
    return this.change('clear', () => [], asItIs<void>);
  }

  /** Gives all entries as of one moment. */
  copy(): Operation<Map<K, V>> {
    return this.read(
      'entries',
      [],
      (entries: readonly (readonly [K, Stored])[]) => new Map(decodedEntries<K, V>(entries)),
    );
  }
}

shares('Dict', DictProxy, (entries: readonly (readonly [DictKey, Stored])[]) => new DictService(entries));

/** @throws TypeError if a key or a value cannot be used */
export function storedEntries(entries: DictEntries<DictKey, unknown>): (readonly [DictKey, Stored])[] {
  if (typeof entries !== 'object' || entries === null) {
    throw new TypeError(`the entries of a dict are a Map, an iterable of pairs or an object, not ${kindOf(entries)}`);
  }
  if (!isIterable(entries)) {
    return Object.entries(entries).map(([key, value]) => [key, stored(value, () => `value${propertyStep(key)}`)]);
  }
  const isMap = entries instanceof Map;
  const all: (readonly [DictKey, Stored])[] = [];
  for (const entry of entries) {
    if (!Array.isArray(entry)) {
      throw new TypeError(`the entry ${all.length} of a dict is ${kindOf(entry)}, and must be a pair of key and value`);
    }
    const [key, value] = entry as unknown as [DictKey, unknown];
    checkedDictKey(key);
    const index = all.length;
    all.push([key, stored(value, () => (isMap ? `value.get(${keyText(key)})` : `value[${index}][1]`))]);
  }
  return all;
}

function checkedDictKey<K>(key: K): K {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') {
    return key;
  }
  throw new TypeError(`the keys of a dict are strings, numbers, bigints and booleans, not ${kindOf(key)}`);
}

function valueOr(value: Stored | undefined, otherwise: unknown): unknown {
  return value === undefined ? otherwise : decode(value);
}

function decodedEntries<K, V>(entries: readonly (readonly [K, Stored])[]): [K, V][] {
  return entries.map(([key, value]) => [key, decode(value) as V]);
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}
