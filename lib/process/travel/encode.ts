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
import { isList } from './list.ts';
import { loadTarget } from './load-target.ts';
import { pathTo } from './path.ts';
import { functionAt, knownPlace, type Place } from './remote.ts';
import { type Reference, restored, type Shareable, TRAVEL, type Way } from './shareable.ts';
import { standIn } from './stand-in.ts';
import { isPrimitive, tryWalk, type Walker, walk } from './walk.ts';

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
  const walker = walk(value, root, way, transfer);
  if (walker === null) return { payload: value, specials: null };
  const encoder = new Encoder(way);
  try {
    return encoder.encoded(encoder.copy(value, walker));
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

  /** The value with placeholders for its specials. */
  copy(value: unknown, walker: Walker): unknown {
    if (isPrimitive(value)) return value;
    const object = value as object;
    if (walker.isClean(object)) return object;
    const known = this.copies.get(object);
    if (known !== undefined) return known;
    return walker.isMixed(object) ? this.copyContainer(object, walker) : this.replaceSpecial(object);
  }

  private copyContainer(object: object, walker: Walker): object {
    if (Array.isArray(object)) return this.copyArray(object, walker);
    if (types.isMap(object)) {
      const copy = this.begin(object, new Map<unknown, unknown>());
      for (const [key, value] of object) copy.set(this.copy(key, walker), this.copy(value, walker));
      return copy;
    }
    if (types.isSet(object)) {
      const copy = this.begin(object, new Set<unknown>());
      for (const value of object) copy.add(this.copy(value, walker));
      return copy;
    }
    return this.copyFields(object, this.begin(object, {}), walker);
  }

  private copyArray(array: readonly unknown[], walker: Walker): unknown[] {
    if (!isList(array)) return this.copyFields(array, this.begin(array, new Array<unknown>(array.length)), walker);
    const copy = this.begin(array, [] as unknown[]);
    for (const item of array) copy.push(this.copy(item, walker));
    return copy;
  }

  private copyFields<C extends object>(original: object, copy: C, walker: Walker): C {
    for (const key of Object.keys(original)) {
      setField(copy, key, this.copy((original as Record<string, unknown>)[key], walker));
    }
    return copy;
  }

  private begin<C extends object>(original: object, copy: C): C {
    this.copies.set(original, copy);
    return copy;
  }

  /** It may also be a clone that the walker has not remembered, which is sent as it is. */
  private replaceSpecial(object: object): object {
    if (typeof object === 'function') return this.replace(object, { place: knownPlace(object) as Place });
    if (isPlain(object)) return object;
    if (TRAVEL in object || GIVE in object)
      return this.replace(object, { reference: this.referenceOf(object as Shareable) });
    return types.isNativeError(object) || object instanceof Error ? this.replaceError(object) : object;
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
    const walker = tryWalk(value, this.way);
    if (walker === null) return null;
    const before = { copies: this.copies, length: this.at.length };
    this.copies = new Map(before.copies);
    try {
      return { sent: this.copy(value, walker) };
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
    if (this.seen.has(value)) return value;
    this.seen.add(value);
    if (Array.isArray(value)) this.replaceInArray(value);
    else if (types.isMap(value)) this.replaceInMap(value);
    else if (types.isSet(value)) this.replaceInSet(value);
    else if (isPlain(value)) this.replaceInFields(value);
    return value;
  }

  private replaceInArray(array: unknown[]): void {
    if (!isList(array)) {
      this.replaceInFields(array);
      return;
    }
    array.forEach((before, index) => {
      const after = this.replaced(before);
      if (after !== before) array[index] = after;
    });
  }

  private replaceInFields(object: object): void {
    for (const key of Object.keys(object)) {
      const before = (object as Record<string, unknown>)[key];
      const after = this.replaced(before);
      if (after !== before) setField(object, key, after);
    }
  }

  /** Sets everything again, because a key may be replaced and the order must stay. */
  private replaceInMap(map: Map<unknown, unknown>): void {
    const entries = [...map];
    map.clear();
    for (const [key, value] of entries) map.set(this.replaced(key), this.replaced(value));
  }

  private replaceInSet(set: Set<unknown>): void {
    const values = [...set];
    set.clear();
    for (const value of values) set.add(this.replaced(value));
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

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}
