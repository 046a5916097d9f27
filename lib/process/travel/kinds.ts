/** Tells how the objects of a class travel. */

import { createRequire } from 'node:module';
import { BlockList, SocketAddress } from 'node:net';
import { types } from 'node:util';
import { BaseOperation } from '../../greenlet/operation.ts';
import { Shown } from '../../greenlet/shown.ts';
import { GIVE } from '../../hub/checks/give.ts';
import { Barrier } from '../../sync/barrier.ts';
import { BoundedSemaphore } from '../../sync/bounded-semaphore.ts';
import { Condition } from '../../sync/condition.ts';
import { Event } from '../../sync/event.ts';
import { JoinableQueue } from '../../sync/joinable-queue.ts';
import { Lock } from '../../sync/lock.ts';
import { Queue } from '../../sync/queue.ts';
import { RLock } from '../../sync/rlock.ts';
import { Semaphore } from '../../sync/semaphore.ts';
import { TRAVEL } from './shareable.ts';

export type Kind =
  /** Its own enumerable properties are cloned; its class is lost. */
  | 'fields'
  | 'map'
  | 'set'
  /** It is cloned, and contains nothing that need be looked at. */
  | 'leaf'
  /** An ArrayBuffer, a SharedArrayBuffer, or a view of one. */
  | 'memory'
  /** A WebAssembly.Memory. */
  | 'wasm memory'
  /** It is cloned, but to threads only. */
  | 'for threads'
  /** It is moved to another thread if it is in the transfer list, and never cloned. */
  | 'moved'
  | 'error'
  | 'shareable'
  | Refusal;

/** Why an object cannot be sent. */
export class Refusal {
  /** The end of a sentence that begins with the path of the object. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** By prototype. */
const builtIn = new Map<object, Kind>([
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [Error.prototype, 'error'],
  [ArrayBuffer.prototype, 'memory'],
  [SharedArrayBuffer.prototype, 'memory'],
  [DataView.prototype, 'memory'],
  [Object.getPrototypeOf(Uint8Array.prototype), 'memory'],
  ...[Date, RegExp, Boolean, Number, String, BigInt].map(({ prototype }): [object, Kind] => [prototype, 'leaf']),
]);

/** The kinds of the classes that were met, by prototype. */
const kinds = new WeakMap<object, Kind>();

/**
 * The kind of an object that is neither an array nor a plain object. It is remembered for all objects of the class.
 *
 * @param prototype the object's
 */
export function kindOfObject(object: object, prototype: object): Kind {
  let kind = kinds.get(prototype);
  if (kind === undefined) {
    kind = classify(object, prototype);
    kinds.set(prototype, kind);
  }
  return kind;
}

/** `a Lock`, `an Event`. */
export function articled(name: string): string {
  return `${/^(?:[AEIOaeio]|[Uu]n|[FHLMNRSX][A-Z])/.test(name) ? 'an' : 'a'} ${name}`;
}

function classify(object: object, prototype: object): Kind {
  if (TRAVEL in object || GIVE in object) return 'shareable';
  return (
    kindOfBuiltIn(prototype) ?? kindOfForeign(object) ?? refusalByGreenhub(object) ?? kindByPlatform(object, prototype)
  );
}

/** The kind of the built-in class that it extends. It does not depend on the object, which `Object.create()` may have made. */
function kindOfBuiltIn(prototype: object): Kind | undefined {
  for (let level: object | null = prototype; level !== null; level = Object.getPrototypeOf(level)) {
    const kind = builtIn.get(level);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** The kind of an object of another realm, which `node:vm` has made. */
function kindOfForeign(object: object): Kind | undefined {
  if (types.isMap(object)) return 'map';
  if (types.isSet(object)) return 'set';
  if (types.isNativeError(object)) return 'error';
  if (isMemory(object)) return 'memory';
  return isLeaf(object) ? 'leaf' : undefined;
}

/** True for an ArrayBuffer, a SharedArrayBuffer, and a view of one. */
export function isMemory(object: object): object is ArrayBufferLike | ArrayBufferView {
  return types.isAnyArrayBuffer(object) || ArrayBuffer.isView(object);
}

/** True for what V8 clones without its properties. */
export function isLeaf(object: object): boolean {
  return (
    types.isDate(object) || types.isRegExp(object) || (types.isBoxedPrimitive(object) && !types.isSymbolObject(object))
  );
}

/** The classes of greenhub with a counterpart in greenhub/process. A class comes before the one that it extends. */
const counterparts = {
  JoinableQueue,
  Queue,
  BoundedSemaphore,
  Semaphore,
  RLock,
  Lock,
  Event,
  Condition,
  Barrier,
};

function refusalByGreenhub(object: object): Refusal | null {
  if (types.isGeneratorObject(object)) {
    return refuse('generator', 'call the function* at the other side, or send what the generator yields');
  }
  if (object instanceof BaseOperation) return refuse('operation', 'send its result');
  if (!(object instanceof Shown)) return null;
  for (const [counterpart, Class] of Object.entries(counterparts)) {
    if (!(object instanceof Class)) continue;
    // A bundler may have renamed the class.
    const name = object.constructor === Class ? counterpart : object.constructor.name;
    return new Refusal(
      `is ${articled(name)} of greenhub, which serves one thread only: use the ${counterpart} of greenhub/process`,
    );
  }
  return new Refusal(`is ${articled(object.constructor.name)} of greenhub, which cannot leave its thread`);
}

/** What to do with an object that cannot be cloned. */
const hints: Readonly<Record<string, string>> = {
  Promise: 'wait for its value first',
  URL: 'send its href',
  URLSearchParams: 'send its text, String(it)',
  Headers: 'send its entries, [...it]',
  FormData: 'send its entries, [...it]',
  Iterator: 'send an array',
};

/** The classes of V8 and Node whose objects can be cloned to another thread. */
const FOR_THREADS = ['Module', 'Blob', 'CryptoKey', 'KeyObject', 'X509Certificate', 'Histogram'];
const MOVED = ['MessagePort', 'FileHandle', 'ReadableStream', 'WritableStream', 'TransformStream'];

/**
 * Looks at the classes that an object is of. An object of V8 or Node that cannot be cloned makes V8 fail without a path, or
 * arrives empty: which, depends on the version.
 */
function kindByPlatform(object: object, prototype: object): Kind {
  if (object instanceof BlockList || object instanceof SocketAddress) return 'for threads';
  for (let level: object | null = prototype; level !== null; level = Object.getPrototypeOf(level)) {
    const Class: unknown = Object.getOwnPropertyDescriptor(level, 'constructor')?.value;
    if (typeof Class !== 'function') continue;
    const { name } = Class;
    if ((name === 'Object' || name === 'Array') && isNative(Class)) continue;
    if (FOR_THREADS.includes(name) && isOfPlatform(name, Class)) return 'for threads';
    if (MOVED.includes(name) && isOfPlatform(name, Class)) return 'moved';
    if (name === 'Memory' && isNative(Class)) return 'wasm memory';
    if (isGlobal(name, Class) || isNative(Class)) return refuse(name);
  }
  const tag = Object.prototype.toString.call(object).slice('[object '.length, -1);
  return tag.endsWith(' Iterator') ? refuse(tag, hints.Iterator) : 'fields';
}

function refuse(name: string, hint = hints[name]): Refusal {
  return new Refusal(`is ${articled(name)}, which cannot be cloned${hint === undefined ? '' : `: ${hint}`}`);
}

/** False for a class of the program that has the same name. */
function isOfPlatform(name: string, Class: object): boolean {
  return isGlobal(name, Class) || isNative(Class) || isOfNode(name, Class);
}

function isGlobal(name: string, Class: object): boolean {
  return (globalThis as Record<string, unknown>)[name] === Class;
}

function isNative(Class: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(Class));
}

/** For the classes that are no globals. If this is one, its module is loaded already. */
function isOfNode(name: string, Class: object): boolean {
  const load = createRequire(import.meta.url);
  switch (name) {
    case 'KeyObject':
    case 'X509Certificate':
      return load('node:crypto')[name] === Class;
    case 'Histogram':
      return load('node:perf_hooks').createHistogram() instanceof (Class as new () => object);
    case 'FileHandle':
      // It is not exported. A class of the program is unlikely to have a descriptor.
      return 'fd' in (Class as { prototype: object }).prototype;
    default:
      return false;
  }
}
