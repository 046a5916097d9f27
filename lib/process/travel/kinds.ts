/** Classes of objects, by how they travel. */

import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { BlockList, SocketAddress } from 'node:net';
import { types } from 'node:util';
import { isGenerator, isOperation } from '../../greenlet/operation.ts';
import { Shown } from '../../greenlet/shown.ts';
import { Barrier } from '../../sync/barrier.ts';
import { BoundedSemaphore } from '../../sync/bounded-semaphore.ts';
import { Channel } from '../../sync/channel.ts';
import { Condition } from '../../sync/condition.ts';
import { Event } from '../../sync/event.ts';
import { JoinableQueue } from '../../sync/joinable-queue.ts';
import { LifoQueue } from '../../sync/lifo-queue.ts';
import { Lock } from '../../sync/lock.ts';
import { PriorityQueue } from '../../sync/priority-queue.ts';
import { Queue } from '../../sync/queue.ts';
import { RLock } from '../../sync/rlock.ts';
import { Semaphore } from '../../sync/semaphore.ts';
import { TRAVEL } from './shareable.ts';

export type Kind =
  /** Its own enumerable properties travel; its class does not. */
  | 'fields'
  | 'map'
  | 'set'
  /** Cloned as a whole. */
  | 'leaf'
  /** An ArrayBuffer, a SharedArrayBuffer, or a view of one. */
  | 'memory'
  /** Cloned as a whole, but to threads only. */
  | 'for threads'
  /** Moved, if it is in the transfer list. */
  | 'moved'
  | 'error'
  | 'shareable'
  | Refusal;

/** Why an object cannot travel. */
export class Refusal {
  /** The end of a sentence that begins with the path. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const kinds = new WeakMap<object, Kind>();

/**
 * The kind of an object that is neither an array nor a plain object. The answer is remembered for its class.
 *
 * @param prototype the object's
 */
export function kindOfObject(object: object, prototype: object): Kind {
  let kind = kinds.get(prototype);
  if (kind === undefined) {
    kind = classify(object);
    kinds.set(prototype, kind);
  }
  return kind;
}

function classify(object: object): Kind {
  if (TRAVEL in object) return 'shareable';
  if (types.isNativeError(object) || object instanceof Error) return 'error';
  if (types.isMap(object)) return 'map';
  if (types.isSet(object)) return 'set';
  if (types.isDate(object) || types.isRegExp(object)) return 'leaf';
  if (types.isBoxedPrimitive(object)) return types.isSymbolObject(object) ? new Refusal('is a symbol') : 'leaf';
  if (types.isAnyArrayBuffer(object) || ArrayBuffer.isView(object)) return 'memory';
  return refusalOfGreenhub(object) ?? kindOfPlatform(object);
}

/** The classes with a counterpart in greenhub/process, those that extend others first. */
const counterparts: readonly (readonly [new (...args: never[]) => object, string, string])[] = [
  [JoinableQueue, 'JoinableQueue', 'JoinableQueue'],
  [PriorityQueue, 'PriorityQueue', 'Queue'],
  [LifoQueue, 'LifoQueue', 'Queue'],
  [Channel, 'Channel', 'Queue'],
  [Queue, 'Queue', 'Queue'],
  [BoundedSemaphore, 'BoundedSemaphore', 'BoundedSemaphore'],
  [Semaphore, 'Semaphore', 'Semaphore'],
  [RLock, 'RLock', 'RLock'],
  [Lock, 'Lock', 'Lock'],
  [Event, 'Event', 'Event'],
  [Condition, 'Condition', 'Condition'],
  [Barrier, 'Barrier', 'Barrier'],
];

function refusalOfGreenhub(object: object): Refusal | null {
  for (const [Class, name, counterpart] of counterparts) {
    if (!(object instanceof Class)) continue;
    return new Refusal(
      `is ${articled(name)} of greenhub, which works in one thread only: use the ${counterpart} of greenhub/process`,
    );
  }
  if (isGenerator(object))
    return new Refusal('is a generator, which cannot be cloned: send its values, or a remote() function');
  if (isOperation(object)) return new Refusal('is an operation, which cannot be cloned: send its result');
  return object instanceof Shown
    ? new Refusal(`is ${articled(nameOf(object))} of greenhub, which cannot be cloned`)
    : null;
}

/** Classes that structured cloning would empty without a word, on some versions of Node. */
const emptied: Readonly<Record<string, string>> = {
  URL: 'send its href',
  URLSearchParams: 'send String() of it',
  Headers: 'send [...headers]',
  Request: 'send what it contains',
  Response: 'send what it contains',
  FormData: 'send what it contains',
  AbortSignal: 'kill or cancel the operation instead',
  AbortController: 'kill or cancel the operation instead',
};

/** Classes whose instances are moved, if the caller says so. */
const moved = ['MessagePort', 'FileHandle', 'ReadableStream', 'WritableStream', 'TransformStream'];

/** Classes of V8 and Node that are cloned, to threads. */
const forThreads = ['Module', 'Memory', 'Blob', 'CryptoKey', 'KeyObject', 'X509Certificate', 'Histogram'];

function kindOfPlatform(object: object): Kind {
  if (object instanceof BlockList || object instanceof SocketAddress) return 'for threads';
  for (let prototype = object; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const { constructor: Class } = Object.getOwnPropertyDescriptors(prototype) as { constructor?: { value?: unknown } };
    const made = Class?.value;
    if (typeof made !== 'function' || made === Object || made === Array) continue;
    const { name } = made;
    const hint = emptied[name];
    if (hint !== undefined && isGlobal(name, made))
      return new Refusal(`is ${articled(name)}, which cannot be cloned: ${hint}`);
    if (moved.includes(name) && isPlatforms(name, made)) return 'moved';
    if (forThreads.includes(name) && isPlatforms(name, made)) return 'for threads';
    if (isNative(made))
      return new Refusal(
        `is ${articled(name)}, which cannot be cloned${name === 'Promise' ? ': wait for it first' : ''}`,
      );
  }
  const tag = Object.prototype.toString.call(object).slice(8, -1);
  return / Iterator$/.test(tag) ? new Refusal(`is ${articled(tag)}, which cannot be cloned: send an array`) : 'fields';
}

/** True for a class of the platform, not one of the program that has the same name. */
function isPlatforms(name: string, made: object): boolean {
  return isGlobal(name, made) || isNative(made) || isOfNode(name, made);
}

function isGlobal(name: string, made: object): boolean {
  return (globalThis as Record<string, unknown>)[name] === made;
}

function isNative(made: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(made));
}

const load = createRequire(import.meta.url);

function isOfNode(name: string, made: object): boolean {
  // The modules are loaded already, because an instance of a class of this name is there.
  switch (name) {
    case 'KeyObject':
    case 'X509Certificate':
      return load('node:crypto')[name] === made;
    case 'FileHandle':
      return (made as { prototype: object }).prototype instanceof EventEmitter;
    case 'Histogram':
      return load('node:perf_hooks').createHistogram() instanceof (made as new () => object);
    default:
      return false;
  }
}

function nameOf(object: object): string {
  const { name } = object.constructor;
  return name === '' ? 'object' : name;
}

export function articled(name: string): string {
  return `${/^[aeiou]/i.test(name) && !/^U(?:R|n)/.test(name) ? 'an' : 'a'} ${name}`;
}
