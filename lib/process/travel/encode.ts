/**
 * Takes what does not travel as a clone out of a value before it is sent, and puts it back after it has arrived.
 *
 *     payload   { queue: ○, jobs: [1, 2], again: ○ }        ○ is one placeholder, an empty object
 *     specials  { at: [○], what: [{ kind: 'Queue', data }] }
 *
 * A clone keeps identity within one message. So each special is replaced by a placeholder, which is sent once more in a list
 * beside the payload, and the receiver recognizes it. What contains no special is sent as it is, without a copy.
 */

import { types } from 'node:util';
import { addCaller, type CodedError, codedError, emptyError, fillError } from './error-codec.ts';
import { standIn } from './function-stand-in.ts';
import { loadTarget } from './load-target.ts';
import { functionAt, knownPlace, type Place } from './remote.ts';
import { type Reference, restored, type Shareable, TRAVEL, type Way } from './shareable.ts';
import { isPrimitive, tryWalk, type Walker, walk } from './walk.ts';

/** A value that is ready for a clone. */
export interface Encoded {
  readonly payload: unknown;
  /** Null if the payload is the value itself. */
  readonly specials: Specials | null;
}

interface Specials {
  readonly at: readonly object[];
  readonly what: readonly Special[];
}

type Special = { readonly reference: Reference } | { readonly place: Place } | { readonly error: CodedError };

/**
 * Makes a value ready to be sent. Nothing is copied yet, so send it at once.
 *
 * @param root the name of the value in messages: `args`, `item`, `value` or `result`
 * @param transfer what is moved instead of cloned, to threads
 * @throws TypeError if something inside cannot be sent; the message has its path
 */
export function encode(value: unknown, root: string, way: Way, transfer?: readonly object[]): Encoded {
  const walker = walk(value, root, way, transfer);
  if (walker === null) return { payload: value, specials: null };
  const encoder = new Encoder(way);
  return encoder.encoded(encoder.copy(value, walker));
}

/** The value that was sent. It may be called once for each message. */
export function decode({ payload, specials }: Encoded): unknown {
  return specials === null ? payload : new Decoder(specials).decoded(payload);
}

/**
 * Imports the modules of the remote functions in a message, before `decode()`. A function whose module was not imported
 * arrives as a generator function that imports it when it is called.
 *
 * @returns null if all are loaded already
 */
export function loadFunctions({ specials }: Encoded): Promise<unknown> | null {
  if (specials === null) return null;
  const missing = specials.what.flatMap((special) =>
    'place' in special && functionAt(special.place) === undefined ? [special.place] : [],
  );
  return missing.length === 0 ? null : Promise.allSettled(missing.map(loadTarget));
}

/** Makes what was thrown ready to be sent. Properties that cannot be sent are left out. Never throws. */
export function encodeError(thrown: unknown, way: Way): Encoded {
  try {
    return encode(thrown, 'the thrown value', way);
  } catch (error) {
    return encode(error, 'error', way);
  }
}

/**
 * What was thrown at the other side.
 *
 * @param caller the stack of the call there, which is shown below the frames of the other side
 * @param title says between the two whose call it was
 */
export function decodeError(encoded: Encoded, caller?: string, title = 'called here'): unknown {
  const thrown = decode(encoded);
  if (caller !== undefined && thrown instanceof Error) addCaller(thrown, title, caller);
  return thrown;
}

class Encoder {
  private readonly way: Way;
  private readonly copies = new Map<object, object>();
  private readonly at: object[] = [];
  private readonly what: Special[] = [];

  constructor(way: Way) {
    this.way = way;
  }

  encoded(payload: unknown): Encoded {
    return { payload, specials: { at: this.at, what: this.what } };
  }

  /** The value with placeholders. Copies only what may contain specials. */
  copy(value: unknown, walker: Walker): unknown {
    if (isPrimitive(value)) return value;
    const object = value as object;
    const known = this.copies.get(object);
    if (known !== undefined) return known;
    if (!walker.isMixed(object)) return walker.isClean(object) ? object : this.copyLeaf(object);
    if (Array.isArray(object)) return this.fill(object, this.begin(object, new Array(object.length)), walker);
    if (types.isMap(object)) {
      const copy = this.begin(object, new Map<unknown, unknown>());
      for (const [key, inner] of object) copy.set(this.copy(key, walker), this.copy(inner, walker));
      return copy;
    }
    if (types.isSet(object)) {
      const copy = this.begin(object, new Set<unknown>());
      for (const inner of object) copy.add(this.copy(inner, walker));
      return copy;
    }
    return this.fill(object, this.begin(object, {}), walker);
  }

  private begin<C extends object>(original: object, copy: C): C {
    this.copies.set(original, copy);
    return copy;
  }

  private fill(original: object, copy: object, walker: Walker): object {
    for (const key of Object.keys(original)) {
      const value = this.copy((original as Record<string, unknown>)[key], walker);
      // A plain assignment would set the prototype if the key is "__proto__".
      if (key === '__proto__')
        Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
      else (copy as Record<string, unknown>)[key] = value;
    }
    return copy;
  }

  /** A special, or what the walker has not remembered because it is small or no container. */
  private copyLeaf(object: object): object {
    if (isPlain(object)) return object;
    const place = typeof object === 'function' ? knownPlace(object) : undefined;
    if (place !== undefined) return this.replace(object, { place });
    if (TRAVEL in object) return this.replace(object, { reference: (object as Shareable)[TRAVEL](this.way) });
    return isError(object) ? this.replaceError(object) : object;
  }

  private replace(object: object, special: Special): object {
    const placeholder = this.begin(object, {});
    this.at.push(placeholder);
    this.what.push(special);
    return placeholder;
  }

  private replaceError(error: Error): object {
    const placeholder = this.begin(error, {});
    const index = this.at.push(placeholder) - 1;
    // Takes the place in the list before the properties are coded, because they may contain specials.
    this.what.push(undefined as never);
    this.what[index] = { error: codedError(error, (value) => this.sent(value)) };
    return placeholder;
  }

  private sent(value: unknown): { sent: unknown } | null {
    if (isPrimitive(value)) return { sent: value };
    const walker = tryWalk(value, this.way);
    return walker === null ? null : { sent: this.copy(value, walker) };
  }
}

class Decoder {
  private readonly restored = new Map<object, object>();
  private readonly seen = new Set<object>();
  private readonly specials: Specials;

  constructor(specials: Specials) {
    this.specials = specials;
    specials.at.forEach((placeholder, index) => {
      this.restored.set(placeholder, objectOf(specials.what[index] as Special));
    });
  }

  decoded(payload: unknown): unknown {
    this.specials.at.forEach((placeholder, index) => {
      const special = this.specials.what[index] as Special;
      if (!('error' in special)) return;
      const own = this.replaced(special.error.own) as CodedError['own'];
      fillError(this.restored.get(placeholder) as Error, { ...special.error, own });
    });
    return this.replaced(payload);
  }

  /** Puts the specials in the place of their placeholders. The containers are our own, so they are changed. */
  private replaced(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const special = this.restored.get(value);
    if (special !== undefined) return special;
    if (this.seen.has(value)) return value;
    this.seen.add(value);
    if (types.isMap(value)) this.replaceInMap(value);
    else if (types.isSet(value)) this.replaceInSet(value);
    else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) this.replaceInFields(value);
    return value;
  }

  private replaceInFields(object: object): void {
    for (const key of Object.keys(object)) {
      const before = (object as Record<string, unknown>)[key];
      if (typeof before !== 'object' || before === null) continue;
      const after = this.replaced(before);
      if (after === before) continue;
      Object.defineProperty(object, key, { value: after, enumerable: true, writable: true, configurable: true });
    }
  }

  /** Sets all entries again if a key has changed, to keep the order. */
  private replaceInMap(map: Map<unknown, unknown>): void {
    const entries = [...map].map(([key, value]) => [this.replaced(key), this.replaced(value)] as const);
    map.clear();
    for (const [key, value] of entries) map.set(key, value);
  }

  private replaceInSet(set: Set<unknown>): void {
    const values = [...set].map((value) => this.replaced(value));
    set.clear();
    for (const value of values) set.add(value);
  }
}

function objectOf(special: Special): object {
  if ('place' in special) return functionAt(special.place) ?? standIn(special.place);
  return 'error' in special ? emptyError(special.error) : restored(special.reference);
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

function isError(object: object): object is Error {
  return types.isNativeError(object) || object instanceof Error;
}
