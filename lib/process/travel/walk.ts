/**
 * Looks at a value before it is sent. It finds what cannot be cloned, and the *specials*, which do not travel as clones: shared
 * objects, remote functions and errors.
 *
 * This must cost little beside the clone itself, so the walker remembers no short container of primitives.
 */

import { types } from 'node:util';
import { articled, kindOfObject, Refusal } from './kinds.ts';
import { isList } from './list.ts';
import { pathTo } from './path.ts';
import { knownPlace } from './remote.ts';
import type { Way } from './shareable.ts';

/** V8 runs out of stack at about 2,000. The receiver must not run out when the sender did not. */
const DEEPEST = 1_000;
/** A longer array is remembered even if it contains only primitives. */
const SHORT = 16;

/** The walker is inside of it. */
const OPEN = 0;
/** It contains no special, so it is sent as it is. */
const CLEAN = 1;
/** It contains a special, or is part of a cycle, and so may contain one. */
const MIXED = 2;
type State = typeof OPEN | typeof CLEAN | typeof MIXED;

const environment = process.env;

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
    throw error instanceof Uncloneable ? error.at(pathTo(error.culprit, value, root)) : error;
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
    // It contains something that cannot be cloned, or a getter that throws.
    return null;
  }
}

/** True for what need not be looked at. A symbol must be, because it cannot be cloned. */
export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol');
}

/** What stops a walk. */
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
  /** How often a special was met. */
  specials = 0;
  private readonly way: Way;
  private readonly states = new Map<object, State>();

  constructor(way: Way, transfer: readonly object[] = []) {
    this.way = way;
    for (const moved of transfer) this.states.set(moved, CLEAN);
  }

  /** True if it must be copied, because it may contain specials. */
  isMixed(container: object): boolean {
    return this.states.get(container) === MIXED;
  }

  /** True if it is sent as it is. It is false for a container that was not remembered, too. */
  isClean(container: object): boolean {
    return this.states.get(container) === CLEAN;
  }

  /**
   * @param value no primitive
   * @returns true if it is a special or must be copied
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
    if (prototype === Object.prototype) return this.enterPlain(object, depth + 1);
    if (prototype === null) return this.enterBare(object, depth + 1);
    return this.enterInstance(object, prototype, depth + 1);
  }

  private enterFunction(fn: object): boolean {
    if (knownPlace(fn) === undefined) {
      throw new Uncloneable(fn, 'is a function, which cannot be cloned: only functions of remote() can be sent');
    }
    this.specials += 1;
    return true;
  }

  private enterArray(array: readonly unknown[], depth: number): boolean {
    if (!isList(array)) return this.enterFields(array, depth);
    let isOpen = array.length > SHORT;
    if (isOpen) this.open(array);
    let isMixed = false;
    for (const item of array) {
      if (isPrimitive(item)) continue;
      if (!isOpen) {
        isOpen = true;
        this.open(array);
      }
      if (this.enter(item, depth)) isMixed = true;
    }
    if (isOpen) this.close(array, isMixed);
    return isMixed;
  }

  private enterPlain(object: object, depth: number): boolean {
    if (Symbol.iterator in object && types.isArgumentsObject(object)) {
      throw new Uncloneable(object, 'is an arguments object, which cannot be cloned: send [...arguments]');
    }
    if (object === environment && !this.way.toThread) {
      throw new Uncloneable(object, 'is process.env, which cannot be cloned: send { ...process.env }');
    }
    return this.enterFields(object, depth);
  }

  /** An object without a prototype. */
  private enterBare(object: object, depth: number): boolean {
    if (types.isModuleNamespaceObject(object)) {
      throw new Uncloneable(object, 'is a module, which cannot be cloned: send its remote() functions');
    }
    return this.enterFields(object, depth);
  }

  private enterFields(object: object, depth: number): boolean {
    let isOpen = false;
    let isMixed = false;
    for (const key of Object.keys(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (isPrimitive(value)) continue;
      if (!isOpen) {
        isOpen = true;
        this.open(object);
      }
      if (this.enter(value, depth)) isMixed = true;
    }
    if (isOpen) this.close(object, isMixed);
    return isMixed;
  }

  private enterInstance(object: object, prototype: object, depth: number): boolean {
    const kind = kindOfObject(object, prototype);
    if (kind instanceof Refusal) throw new Uncloneable(object, kind.text);
    switch (kind) {
      case 'fields':
        return this.enterFields(object, depth);
      // An object of such a class may have been made by Object.create(), and then has no entries.
      case 'map':
        return types.isMap(object) ? this.enterMap(object, depth) : this.enterFields(object, depth);
      case 'set':
        return types.isSet(object) ? this.enterSet(object, depth) : this.enterFields(object, depth);
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
        throw new Uncloneable(object, `is ${nameOf(object)}, which ${this.howToMove()}`);
    }
  }

  private howToMove(): string {
    if (!this.way.toThread) return 'can be moved to threads only';
    return 'cannot be cloned: to move it, name it in the option transfer';
  }

  private enterMap(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    this.open(map);
    let isMixed = false;
    for (const [key, value] of map) {
      if (!isPrimitive(key) && this.enter(key, depth)) isMixed = true;
      if (!isPrimitive(value) && this.enter(value, depth)) isMixed = true;
    }
    return this.close(map, isMixed);
  }

  private enterSet(set: ReadonlySet<unknown>, depth: number): boolean {
    this.open(set);
    let isMixed = false;
    for (const value of set) {
      if (!isPrimitive(value) && this.enter(value, depth)) isMixed = true;
    }
    return this.close(set, isMixed);
  }

  private enterMemory(object: object): boolean {
    const buffer = types.isAnyArrayBuffer(object) ? object : (object as ArrayBufferView).buffer;
    if (types.isSharedArrayBuffer(buffer)) return this.enterSharedMemory(object);
    if (buffer !== object && !ArrayBuffer.isView(object)) {
      throw new Uncloneable(object, 'is a Memory that is not shared, which cannot be cloned: send its buffer');
    }
    if (this.states.get(buffer) !== CLEAN && buffer.byteLength === 0 && isDetached(buffer)) {
      throw new Uncloneable(object, 'is memory that was already moved elsewhere');
    }
    return false;
  }

  private enterSharedMemory(object: object): boolean {
    if (this.way.use === 'item') {
      throw new Uncloneable(object, 'is shared memory, which cannot be an item of a queue: use a Manager');
    }
    if (this.way.toThread) return false;
    throw new Uncloneable(object, 'is shared memory, which can be sent to threads only: use a Manager');
  }

  private open(container: object): void {
    this.states.set(container, OPEN);
  }

  private close(container: object, isMixed: boolean): boolean {
    this.states.set(container, isMixed ? MIXED : CLEAN);
    return isMixed;
  }
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
  return articled(object.constructor.name);
}
