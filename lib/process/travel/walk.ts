/**
 * Looks at a value before it is sent: finds what cannot be cloned, and the *specials*, which do not travel as clones: shared
 * objects, remote functions and errors.
 *
 * It must cost little beside the clone itself. So it remembers no object that contains only a few primitives.
 */

import { types } from 'node:util';
import { kindOfObject, Refusal } from './kinds.ts';
import { pathTo } from './path.ts';
import { knownPlace } from './remote.ts';
import type { Way } from './shareable.ts';

/** V8 runs out of stack at about 2,000. The receiver must not run out if the sender did not. */
const DEEPEST = 1_000;
/** Longer arrays are remembered even if they contain only primitives. */
const SMALL = 16;

/** We are inside of it. */
const OPEN = 0;
/** It contains no special: it can be sent as it is. */
const CLEAN = 1;
/** It contains a special, or is part of a cycle, which may contain one. */
const MIXED = 2;

/**
 * Checks a value.
 *
 * @param root the name of the value in messages
 * @param transfer what is moved instead of cloned
 * @returns the walker, which knows what must be copied; null if there are no specials
 * @throws TypeError if something cannot be cloned; RangeError if it is nested too deeply
 */
export function walk(value: unknown, root: string, way: Way, transfer?: readonly object[]): Walker | null {
  if (isPrimitive(value)) return null;
  const walker = new Walker(way, transfer);
  try {
    walker.enter(value, 0);
  } catch (error) {
    if (!(error instanceof Uncloneable)) throw error;
    throw error.at(pathTo(error.culprit, value, root));
  }
  return walker.specials > 0 ? walker : null;
}

/** The walker of a value; null if it cannot be sent. */
export function tryWalk(value: unknown, way: Way): Walker | null {
  const walker = new Walker(way);
  try {
    walker.enter(value, 0);
    return walker;
  } catch {
    // A getter may throw too.
    return null;
  }
}

/** True for what needs no look. A symbol does, because it cannot be cloned. */
export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

/** The reason to send nothing. */
class Uncloneable {
  readonly culprit: unknown;
  private readonly text: string;
  private readonly Class: new (
    message: string,
  ) => Error;

  constructor(culprit: unknown, text: string, Class: new (message: string) => Error = TypeError) {
    this.culprit = culprit;
    this.text = text;
    this.Class = Class;
  }

  at(path: string): Error {
    return new this.Class(`${path} ${this.text}`);
  }
}

export class Walker {
  specials = 0;
  private readonly way: Way;
  private readonly states = new Map<object, typeof OPEN | typeof CLEAN | typeof MIXED>();

  constructor(way: Way, transfer: readonly object[] = []) {
    this.way = way;
    for (const moved of transfer) this.states.set(moved, CLEAN);
  }

  /** True if it must be copied, because it may contain specials. */
  isMixed(container: object): boolean {
    return this.states.get(container) === MIXED;
  }

  /** True if it contains no special. False for containers that were not remembered, too. */
  isClean(container: object): boolean {
    return this.states.get(container) === CLEAN;
  }

  /**
   * @param value no primitive
   * @returns true if it is a special, or contains one
   */
  enter(value: unknown, depth: number): boolean {
    if (typeof value === 'function') return this.enterFunction(value);
    if (typeof value === 'symbol') throw new Uncloneable(value, 'is a symbol, which cannot be cloned');
    const object = value as object;
    const known = this.states.get(object);
    if (known !== undefined) return known !== CLEAN;
    if (depth > DEEPEST) throw new Uncloneable(value, `is nested more than ${DEEPEST} levels deep`, RangeError);
    if (types.isProxy(object)) throw new Uncloneable(value, 'is a Proxy, which cannot be cloned');
    if (Array.isArray(object)) return this.enterArray(object, depth + 1);
    const prototype: object | null = Object.getPrototypeOf(object);
    if (prototype === Object.prototype || prototype === null) return this.enterFields(object, depth + 1);
    return this.enterInstance(object, prototype, depth + 1);
  }

  private enterFunction(fn: object): boolean {
    if (knownPlace(fn) === undefined)
      throw new Uncloneable(fn, 'is a function, and only those of remote() can be sent');
    this.specials += 1;
    return true;
  }

  private enterArray(array: readonly unknown[], depth: number): boolean {
    let state: typeof OPEN | typeof CLEAN | typeof MIXED | null = array.length > SMALL ? this.open(array) : null;
    let isMixed = false;
    for (let index = 0; index < array.length; index += 1) {
      const item = array[index];
      if (isPrimitive(item)) {
        // A sparse array may have a length of millions.
        if (item === undefined && array.length > SMALL && !(index in array)) return this.enterFields(array, depth);
        continue;
      }
      state ??= this.open(array);
      if (this.enter(item, depth)) isMixed = true;
    }
    if (hasNames(array)) return this.enterFields(array, depth);
    if (state !== null) this.states.set(array, isMixed ? MIXED : CLEAN);
    return isMixed;
  }

  private enterFields(object: object, depth: number): boolean {
    let isOpen = false;
    let isMixed = false;
    for (const key of Object.keys(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (isPrimitive(value)) continue;
      if (!isOpen) {
        this.open(object);
        isOpen = true;
      }
      if (this.enter(value, depth)) isMixed = true;
    }
    if (isOpen) this.states.set(object, isMixed ? MIXED : CLEAN);
    return isMixed;
  }

  private enterInstance(object: object, prototype: object, depth: number): boolean {
    const kind = kindOfObject(object, prototype);
    if (kind instanceof Refusal) throw new Uncloneable(object, kind.text);
    switch (kind) {
      case 'fields':
        return this.enterFields(object, depth);
      case 'map':
        return types.isMap(object) ? this.enterMap(object, depth) : this.enterFields(object, depth);
      case 'set':
        return types.isSet(object) ? this.enterAll(object, object.values(), depth) : this.enterFields(object, depth);
      case 'leaf':
        return false;
      case 'memory':
        return this.enterMemory(object);
      case 'error':
      case 'shareable':
        this.specials += 1;
        return true;
      case 'for threads':
        if (this.way.toThread) return false;
        throw new Uncloneable(object, `is ${nameOf(object)}, which can be sent to threads only`);
      case 'moved':
        throw new Uncloneable(object, this.howToMove(object));
    }
  }

  private howToMove(object: object): string {
    if (!this.way.toThread) return `is ${nameOf(object)}, which can be sent to threads only`;
    return `is ${nameOf(object)}, which can only be moved: name it in the option transfer`;
  }

  private enterMap(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    this.open(map);
    let isMixed = false;
    for (const [key, value] of map) {
      if (!isPrimitive(key) && this.enter(key, depth)) isMixed = true;
      if (!isPrimitive(value) && this.enter(value, depth)) isMixed = true;
    }
    this.states.set(map, isMixed ? MIXED : CLEAN);
    return isMixed;
  }

  private enterAll(container: object, values: Iterable<unknown>, depth: number): boolean {
    this.open(container);
    let isMixed = false;
    for (const value of values) if (!isPrimitive(value) && this.enter(value, depth)) isMixed = true;
    this.states.set(container, isMixed ? MIXED : CLEAN);
    return isMixed;
  }

  private enterMemory(object: object): boolean {
    const buffer = ArrayBuffer.isView(object) ? object.buffer : (object as ArrayBufferLike);
    if (types.isSharedArrayBuffer(buffer)) {
      if (this.way.toThread && this.way.use !== 'item') return false;
      const where = this.way.use === 'item' ? 'in an item of a queue' : 'to another process';
      throw new Uncloneable(object, `is shared memory, which cannot be sent ${where}: use a Manager`);
    }
    if (buffer.byteLength === 0 && isDetached(buffer)) {
      throw new Uncloneable(object, 'is memory that was moved to another thread already');
    }
    return false;
  }

  private open(container: object): typeof OPEN {
    this.states.set(container, OPEN);
    return OPEN;
  }
}

/** True if an array has properties beside its items. */
function hasNames(array: readonly unknown[]): boolean {
  return array.length <= SMALL && Object.keys(array).length > array.length;
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function nameOf(object: object): string {
  const { name } = object.constructor;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}
