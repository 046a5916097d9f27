/**
 * Looks at a value before it is sent. It finds what cannot be cloned, and whether there are *specials*, which do not travel as
 * clones: shared objects, remote functions and errors.
 *
 * This must cost little beside the clone itself. So a container of a few primitives is not remembered, but looked at again where
 * it is met again.
 */

import { types } from 'node:util';
import { articled, isLeaf, isMemory, kindOfObject, Refusal } from './kinds.ts';
import { isList } from './list.ts';
import { pathTo } from './path.ts';
import { knownPlace } from './remote.ts';
import type { Way } from './shareable.ts';

/** V8 runs out of stack at about 2,000. The receiver must not run out when the sender did not. */
const DEEPEST = 1_000;
/** A longer array is remembered even if it contains only primitives. */
const SHORT = 16;

const environment = process.env;

/**
 * Checks a value.
 *
 * @param root the name of the value in messages
 * @param transfer what is moved instead of cloned
 * @returns true if there are specials
 * @throws TypeError if something cannot be cloned; RangeError if it is nested too deeply
 */
export function walk(value: unknown, root: string, way: Way, transfer?: readonly object[]): boolean {
  if (isPrimitive(value)) return false;
  const walker = new Walker(way, transfer);
  try {
    walker.enter(value, 0);
  } catch (error) {
    throw error instanceof Uncloneable ? error.at(pathTo(error.culprit, value, root)) : error;
  }
  return walker.hasSpecials;
}

/** True if a value can be sent. */
export function canTravel(value: unknown, way: Way): boolean {
  if (isPrimitive(value)) return true;
  try {
    new Walker(way).enter(value, 0);
    return true;
  } catch {
    // It contains something that cannot be cloned, or a getter that throws.
    return false;
  }
}

/** True for what need not be looked at. A symbol must be, because it cannot be cloned. */
export function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return type === 'object' ? value === null : type !== 'function' && type !== 'symbol';
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

class Walker {
  hasSpecials = false;
  private readonly way: Way;
  private readonly seen: Set<object>;

  constructor(way: Way, transfer?: readonly object[]) {
    this.way = way;
    this.seen = new Set(transfer);
  }

  /** @param value no primitive */
  enter(value: unknown, depth: number): void {
    if (typeof value === 'function') this.enterFunction(value);
    else if (typeof value === 'symbol') throw new Uncloneable(value, 'is a symbol, which cannot be cloned');
    else this.enterObject(value as object, depth + 1);
  }

  private enterFunction(fn: object): void {
    if (this.way.use === 'job') {
      throw new Uncloneable(fn, 'is a function, which cannot be sent to another machine: make it a task of its own');
    }
    if (knownPlace(fn) === undefined) {
      throw new Uncloneable(fn, 'is a function, which cannot be cloned: only functions of remote() can be sent');
    }
    this.hasSpecials = true;
  }

  private enterObject(object: object, depth: number): void {
    if (types.isProxy(object)) throw new Uncloneable(object, 'is a Proxy, which cannot be cloned');
    if (Array.isArray(object)) {
      this.enterArray(object, depth);
      return;
    }
    const prototype: object | null = Object.getPrototypeOf(object);
    if (prototype === Object.prototype) this.enterPlain(object, depth);
    else if (prototype === null) this.enterBare(object, depth);
    else this.enterInstance(object, prototype, depth);
  }

  private enterArray(array: readonly unknown[], depth: number): void {
    if (!isList(array)) {
      this.enterFields(array, depth);
      return;
    }
    let isOpen = array.length > SHORT;
    if (isOpen && !this.isNew(array, depth)) return;
    for (let index = 0; index < array.length; index += 1) {
      const item = array[index];
      if (isPrimitive(item)) continue;
      if (!isOpen) {
        if (!this.isNew(array, depth)) return;
        isOpen = true;
      }
      this.enter(item, depth);
    }
  }

  private enterPlain(object: object, depth: number): void {
    if (Symbol.iterator in object && types.isArgumentsObject(object)) {
      throw new Uncloneable(object, 'is an arguments object, which cannot be cloned: send [...arguments]');
    }
    this.enterFields(object, depth);
  }

  /** An object without a prototype. */
  private enterBare(object: object, depth: number): void {
    if (types.isModuleNamespaceObject(object)) {
      throw new Uncloneable(object, 'is a module, which cannot be cloned: send its remote() functions');
    }
    this.enterFields(object, depth);
  }

  private enterFields(object: object, depth: number): void {
    let isOpen = false;
    // This is faster than Object.keys(). What is inherited is neither cloned nor looked at.
    for (const key in object) {
      const value = (object as Record<string, unknown>)[key];
      if (isPrimitive(value) || !Object.hasOwn(object, key)) continue;
      if (!isOpen) {
        if (!this.isNew(object, depth)) return;
        isOpen = true;
      }
      this.enter(value, depth);
    }
  }

  private enterInstance(object: object, prototype: object, depth: number): void {
    const kind = object === environment ? 'environment' : kindOfObject(object, prototype);
    if (kind instanceof Refusal) throw new Uncloneable(object, kind.text);
    // Object.create(Map.prototype) makes no Map, so the kind alone is not enough.
    if (kind === 'map' && types.isMap(object)) this.enterMap(object, depth);
    else if (kind === 'set' && types.isSet(object)) this.enterSet(object, depth);
    else if (kind === 'leaf' && isLeaf(object)) return;
    else if (kind === 'memory' && isMemory(object)) this.enterMemory(object);
    else if (kind === 'wasm memory') this.enterWasmMemory(object as { readonly buffer: ArrayBufferLike });
    else if (kind === 'error') this.hasSpecials = true;
    else if (kind === 'shareable') this.enterShareable(object);
    else if (kind === 'for threads') this.enterForThreads(object);
    else if (kind === 'moved') this.enterMoved(object);
    else if (kind === 'environment') this.enterEnvironment();
    else this.enterFields(object, depth);
  }

  private enterShareable(object: object): void {
    if (this.way.use === 'job') {
      throw new Uncloneable(object, `is ${nameOf(object)}, which cannot leave its machine: send what it contains`);
    }
    this.hasSpecials = true;
  }

  private enterForThreads(object: object): void {
    if (this.way.toThread) return;
    throw new Uncloneable(object, `is ${nameOf(object)}, which can be sent to threads only`);
  }

  private enterMoved(object: object): void {
    if (this.seen.has(object)) return;
    throw new Uncloneable(object, `is ${nameOf(object)}, which ${this.howToMove()}`);
  }

  private howToMove(): string {
    if (!this.way.toThread) return 'can be moved to threads only';
    return 'cannot be cloned: to move it, name it in the option transfer';
  }

  private enterEnvironment(): void {
    if (this.way.toThread) return;
    throw new Uncloneable(environment, 'is process.env, which cannot be cloned: send { ...process.env }');
  }

  private enterMap(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    if (!this.isNew(map, depth)) return;
    for (const [key, value] of map) {
      if (!isPrimitive(key)) this.enter(key, depth);
      if (!isPrimitive(value)) this.enter(value, depth);
    }
  }

  private enterSet(set: ReadonlySet<unknown>, depth: number): void {
    if (!this.isNew(set, depth)) return;
    for (const value of set) if (!isPrimitive(value)) this.enter(value, depth);
  }

  private enterMemory(object: ArrayBufferLike | ArrayBufferView): void {
    const buffer = ArrayBuffer.isView(object) ? object.buffer : object;
    if (types.isSharedArrayBuffer(buffer)) this.enterSharedMemory(object);
    else if (buffer.byteLength === 0 && isDetached(buffer)) {
      throw new Uncloneable(object, 'is memory that was already moved elsewhere');
    }
  }

  private enterWasmMemory(memory: { readonly buffer: ArrayBufferLike }): void {
    if (!types.isSharedArrayBuffer(memory.buffer)) {
      throw new Uncloneable(
        memory,
        'is a Memory that is not shared, which cannot be cloned: send a copy of its buffer',
      );
    }
    this.enterSharedMemory(memory);
  }

  private enterSharedMemory(object: object): void {
    if (this.way.use === 'item') {
      throw new Uncloneable(object, 'is shared memory, which cannot be an item of a queue: use a Manager');
    }
    if (this.way.toThread) return;
    throw new Uncloneable(object, 'is shared memory, which can be sent to threads only: use a Manager');
  }

  /** Remembers a container. Returns false if it was met before. */
  private isNew(container: object, depth: number): boolean {
    if (depth > DEEPEST) throw new Uncloneable(container, `is nested more than ${DEEPEST} levels deep`, RangeError);
    const { size } = this.seen;
    return this.seen.add(container).size > size;
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
