/**
 * Takes out of a value what does not travel as a clone, and puts it back after it has arrived.
 *
 *     payload   { queue: ○, jobs: [1, 2], again: ○ }      ○ is one placeholder, an empty object
 *     specials  { at: [○], what: [{ reference: { kind: 'Queue', data } }] }
 *
 * A clone keeps identity within one message. So each special is replaced by a placeholder, which is sent once more in a list
 * beside the payload, and the receiver recognizes it. What contains no special is sent as it is, without a copy.
 */

import { types } from 'node:util';
import { GIVE } from '../../hub/checks/give.ts';
import type { Giveable } from '../../net/giving.ts';
import { addCaller, type CodedError, codedError, emptyError, fillError } from './error-codec.ts';
import { kindOfObject } from './kinds.ts';
import { isList } from './list.ts';
import { loadTarget } from './load-target.ts';
import { pathTo } from './path.ts';
import { functionAt, knownPlace, type Place } from './remote.ts';
import { type Reference, restored, type Shareable, TRAVEL, type Way } from './shareable.ts';
import { standIn } from './stand-in.ts';
import { canTravel, isPrimitive, walk } from './walk.ts';

/** A value that can be cloned. */
export interface Encoded {
  readonly payload: unknown;
  /** Null if the payload is the value itself. */
  readonly specials: Specials | null;
}

interface Specials {
  /** The placeholders. */
  readonly at: readonly object[];
  /** What they stand for, in the same order. */
  readonly what: readonly Special[];
}

type Special = { readonly reference: Reference } | { readonly place: Place } | { readonly error: CodedError };

/**
 * Checks a value and makes it ready to be sent. It is not copied, so send it at once.
 *
 * @param root the name of the value in messages: `args`, `item`, `value` or `result`
 * @param transfer what is moved instead of cloned, to threads
 * @throws TypeError if something inside cannot be sent, with its path; RangeError if it is nested too deeply
 */
export function encode(value: unknown, root: string, way: Way, transfer?: readonly object[]): Encoded {
  if (!walk(value, root, way, transfer)) return { payload: value, specials: null };
  const encoder = new Encoder(way);
  try {
    return encoder.encoded(encoder.copy(value));
  } catch (error) {
    if (!(error instanceof RefusedTravel)) throw error;
    throw new TypeError(`${pathTo(error.object, value, root)} cannot be sent: ${error.message}`, {
      cause: error.cause,
    });
  }
}

/** The value that was sent. Call it once for each message, because it changes the message. */
export function decode({ payload, specials }: Encoded): unknown {
  return specials === null ? payload : new Decoder(specials).decoded(payload);
}

/**
 * Imports the modules of the remote functions in a message. Call it before `decode()`: a function whose module is not loaded
 * then arrives as a generator function that imports the module when it is called.
 *
 * @returns null if everything is loaded already
 */
export function loadFunctions({ specials }: Encoded): Promise<unknown> | null {
  if (specials === null) return null;
  const missing: Place[] = [];
  for (const special of specials.what) {
    if ('place' in special && functionAt(special.place) === undefined) missing.push(special.place);
  }
  return missing.length === 0 ? null : Promise.allSettled(missing.map(loadTarget));
}

/** Makes what was thrown ready to be sent. Properties of errors that cannot be sent are left out. It never throws. */
export function encodeError(thrown: unknown, way: Way): Encoded {
  try {
    return encode(thrown, 'error', way);
  } catch (error) {
    // What was thrown is no error, and cannot be sent. The message tells what it is.
    return encode(error, 'error', way);
  }
}

/**
 * What was thrown at the other side.
 *
 * @param caller the stack of the call, which is shown below the frames of the other side
 * @param title stands between the two, and says whose frames follow
 */
export function decodeError(encoded: Encoded, caller?: string, title = 'called from'): unknown {
  const thrown = decode(encoded);
  if (caller !== undefined && thrown instanceof Error) addCaller(thrown, title, caller);
  return thrown;
}

/** The refusal of a shared object. */
class RefusedTravel {
  readonly object: object;
  readonly cause: unknown;

  constructor(object: object, cause: unknown) {
    this.object = object;
    this.cause = cause;
  }

  get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause);
  }
}

class Encoder {
  private readonly way: Way;
  private copies = new Map<object, object>();
  private readonly at: object[] = [];
  private readonly what: Special[] = [];

  constructor(way: Way) {
    this.way = way;
  }

  encoded(payload: unknown): Encoded {
    return { payload, specials: { at: this.at, what: this.what } };
  }

  /** A copy of the value with placeholders for its specials. What contains nothing else is not copied. */
  copy(value: unknown): unknown {
    if (isPrimitive(value)) return value;
    const object = value as object;
    const known = this.copies.get(object);
    if (known !== undefined) return known;
    if (typeof object === 'function') return this.replace(object, { place: knownPlace(object) as Place });
    if (Array.isArray(object)) return this.copyArray(object);
    const prototype: object | null = Object.getPrototypeOf(object);
    return isPlain(prototype) ? this.copyObject(object) : this.copyInstance(object, prototype);
  }

  private copyInstance(object: object, prototype: object): object {
    switch (kindOfObject(object, prototype)) {
      case 'shareable':
        return this.replace(object, { reference: this.referenceOf(object as Shareable) });
      case 'error':
        return this.replaceError(object as Error);
      case 'map':
        return types.isMap(object) ? this.copyMap(object) : this.copyObject(object);
      case 'set':
        return types.isSet(object) ? this.copySet(object) : this.copyObject(object);
      case 'fields':
        return this.copyObject(object);
      default:
        return object;
    }
  }

  private copyArray(array: readonly unknown[]): unknown {
    if (!isList(array)) return this.copyFields(array, new Array<unknown>(array.length));
    if (array.every(isPrimitive)) return array;
    const copy = this.begin(array, new Array<unknown>(array.length));
    for (let index = 0; index < array.length; index += 1) copy[index] = this.copy(array[index]);
    return copy;
  }

  private copyObject(object: object): object {
    for (const key in object) {
      if (!isPrimitive((object as Record<string, unknown>)[key])) return this.copyFields(object, {});
    }
    return object;
  }

  private copyFields(original: object, empty: object): object {
    const copy = this.begin(original, empty);
    for (const key of Object.keys(original)) setField(copy, key, this.copy((original as Record<string, unknown>)[key]));
    return copy;
  }

  private copyMap(map: ReadonlyMap<unknown, unknown>): object {
    const copy = this.begin(map, new Map<unknown, unknown>());
    for (const [key, value] of map) copy.set(this.copy(key), this.copy(value));
    return copy;
  }

  private copySet(set: ReadonlySet<unknown>): object {
    const copy = this.begin(set, new Set<unknown>());
    for (const value of set) copy.add(this.copy(value));
    return copy;
  }

  private begin<C extends object>(original: object, copy: C): C {
    this.copies.set(original, copy);
    return copy;
  }

  private referenceOf(object: Shareable): Reference {
    try {
      return GIVE in object ? this.giftOf(object as unknown as Giveable) : object[TRAVEL](this.way);
    } catch (error) {
      throw new RefusedTravel(object, error);
    }
  }

  private giftOf(object: Giveable): Reference {
    const { gifts } = this.way;
    if (gifts === undefined) throw new TypeError('a socket can only be an argument of a Process of the kind process');
    const gift = object[GIVE]();
    return { kind: 'handle', data: [gift.kind, gifts.push(gift) - 1, gift.data] };
  }

  private replace(object: object, special: Special): object {
    const placeholder = this.begin(object, {});
    this.at.push(placeholder);
    this.what.push(special);
    return placeholder;
  }

  private replaceError(error: Error): object {
    // The placeholder comes first, because the properties may lead back to the error.
    const placeholder = this.begin(error, {});
    const coded = codedError(error, (value) => this.propertyToSend(value));
    this.at.push(placeholder);
    this.what.push({ error: coded });
    return placeholder;
  }

  /** Null if it cannot be sent. */
  private propertyToSend(value: unknown): { sent: unknown } | null {
    if (isPrimitive(value)) return { sent: value };
    if (!canTravel(value, this.way)) return null;
    const before = { copies: this.copies, length: this.at.length };
    this.copies = new Map(before.copies);
    try {
      return { sent: this.copy(value) };
    } catch {
      // A shared object inside has refused. The copies that have been made are of no use.
      this.copies = before.copies;
      this.at.length = before.length;
      this.what.length = before.length;
      return null;
    }
  }
}

class Decoder {
  private readonly restored = new Map<object, object>();
  private readonly seen = new Set<object>();
  private readonly specials: Specials;

  constructor(specials: Specials) {
    this.specials = specials;
    specials.at.forEach((placeholder, index) => {
      this.restored.set(placeholder, objectFor(specials.what[index] as Special));
    });
  }

  decoded(payload: unknown): unknown {
    this.specials.at.forEach((placeholder, index) => {
      const special = this.specials.what[index] as Special;
      if ('error' in special) this.fillError(this.restored.get(placeholder) as Error, special.error);
    });
    return this.replaced(payload);
  }

  private fillError(error: Error, coded: CodedError): void {
    this.replaced(coded.own);
    fillError(error, coded);
  }

  /** Replaces the placeholders in a value. It changes the containers, which belong to this message. */
  private replaced(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const special = this.restored.get(value);
    if (special !== undefined) return special;
    if (Array.isArray(value)) this.replaceInArray(value);
    else if (isPlain(Object.getPrototypeOf(value))) this.replaceInFields(value);
    else if (types.isMap(value)) this.replaceInMap(value);
    else if (types.isSet(value)) this.replaceInSet(value);
    return value;
  }

  private replaceInArray(array: unknown[]): void {
    if (!isList(array)) {
      this.replaceInFields(array);
      return;
    }
    let isOpen = false;
    for (let index = 0; index < array.length; index += 1) {
      const before = array[index];
      if (typeof before !== 'object' || before === null) continue;
      if (!isOpen && !this.isNew(array)) return;
      isOpen = true;
      const after = this.replaced(before);
      if (after !== before) array[index] = after;
    }
  }

  private replaceInFields(object: object): void {
    let isOpen = false;
    for (const key of Object.keys(object)) {
      const before = (object as Record<string, unknown>)[key];
      if (typeof before !== 'object' || before === null) continue;
      if (!isOpen && !this.isNew(object)) return;
      isOpen = true;
      const after = this.replaced(before);
      if (after !== before) setField(object, key, after);
    }
  }

  /** Sets everything again, because a key may be replaced and the order must stay. */
  private replaceInMap(map: Map<unknown, unknown>): void {
    if (!this.isNew(map)) return;
    const entries = [...map];
    map.clear();
    for (const [key, value] of entries) map.set(this.replaced(key), this.replaced(value));
  }

  private replaceInSet(set: Set<unknown>): void {
    if (!this.isNew(set)) return;
    const values = [...set];
    set.clear();
    for (const value of values) set.add(this.replaced(value));
  }

  /** Remembers a container. Returns false if it was met before. */
  private isNew(container: object): boolean {
    const { size } = this.seen;
    return this.seen.add(container).size > size;
  }
}

function objectFor(special: Special): object {
  if ('place' in special) return functionAt(special.place) ?? standIn(special.place);
  return 'error' in special ? emptyError(special.error) : restored(special.reference);
}

/** An assignment to `__proto__` would set the prototype. */
function setField(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    (object as Record<string, unknown>)[key] = value;
  }
}

function isPlain(prototype: object | null): prototype is null {
  return prototype === Object.prototype || prototype === null;
}
