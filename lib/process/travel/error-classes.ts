/** The error classes that are the same at both ends of a channel. */

import { createRequire } from 'node:module';
import { GreenletError, GreenletExit } from '../../greenlet/errors.ts';
import { Timeout } from '../../hub/cancellation/timeout.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { HangingCleanup, LoopExit } from '../../hub/loop/errors.ts';
import { stackless } from '../../hub/loop/stackless.ts';
import { ConcurrentUseError, LimitExceededError, PrematureEndError, SocketClosedError } from '../../net/errors.ts';
import { BrokenBarrierError, Empty, Full, ShutDown } from '../../sync/errors.ts';
import { LeakError, ScheduleError } from '../../testing/errors.ts';
import { WebSocketClosedError } from '../../web/errors.ts';
import { AuthenticationError, BrokenPipeError, ConnectionLostError, EOFError, WorkerLostError } from '../errors.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** How errors of a class are made and which of their properties do not travel. */
export interface ErrorKind {
  readonly name: string;
  /** Makes an error without a stack. Its properties are set afterwards. */
  make(): Error;
  /** Completes an error whose properties are set. */
  finish(error: Error): void;
  /** Properties that do not travel. */
  readonly internals: readonly string[];
}

const kindsByPrototype = new Map<object, ErrorKind>();
const kindsByName = new Map<string, ErrorKind>();

/**
 * Lets errors of a class arrive as errors of that class. Call it where the class is defined, so that both the sender and the
 * receiver do. Without it, the error arrives as an object of the nearest built-in class, with the same `name`.
 *
 * The constructor is not called again: the error gets the class and its own properties. Private `#fields` do not travel.
 *
 * @example
 * export class OutOfStock extends Error {
 *   override name = 'OutOfStock';
 * }
 * registerError(OutOfStock);
 *
 * @throws TypeError if it is not a named class that extends Error
 */
export function registerError(Class: ErrorClass): void {
  if (typeof Class !== 'function' || !(Class.prototype instanceof Error)) {
    throw new TypeError(`registerError() takes a class that extends Error, not ${kindOf(Class)}`);
  }
  if (Class.name === '')
    throw new TypeError('registerError() takes a class with a name, by which the receiver finds it');
  // The last class of a name counts, because a module may be loaded again.
  add(`program:${Class.name}`, Class);
}

/** The kind of an error: that of the nearest class which both ends know. */
export function kindOfError(error: object): ErrorKind {
  for (let prototype = error; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const kind = kindsByPrototype.get(prototype) ?? (isAssertionError(prototype) ? assertion : undefined);
    if (kind !== undefined) return kind;
  }
  return plain;
}

/** The kind of this name; the kind of `Error` if the receiver does not know it. */
export function kindNamed(name: string): ErrorKind {
  return (name === assertion.name ? assertion : kindsByName.get(name)) ?? plain;
}

function add(name: string, Class: ErrorClass, special: Partial<ErrorKind> = {}): ErrorKind {
  const kind = { name, make: makerOf(Class), finish: () => {}, internals: [], ...special };
  kindsByPrototype.set(Class.prototype, kind);
  kindsByName.set(name, kind);
  return kind;
}

function makerOf({ prototype }: { readonly prototype: Error }): () => Error {
  const make = () => new Error();
  return () => Object.setPrototypeOf(stackless(make), prototype);
}

/** Loads `node:assert` only if such an error is there. */
const assertion: ErrorKind = {
  name: 'AssertionError',
  make: () => makerOf(createRequire(import.meta.url)('node:assert').AssertionError)(),
  finish: () => {},
  internals: [],
};

function isAssertionError(prototype: object): boolean {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return (
    typeof Class === 'function' &&
    Class.name === 'AssertionError' &&
    createRequire(import.meta.url)('node:assert').AssertionError === Class
  );
}

const plain = add('Error', Error);
for (const Class of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]) {
  add(Class.name, Class);
}
add('DOMException', DOMException);
const Suppressed = (globalThis as { SuppressedError?: ErrorClass }).SuppressedError;
if (Suppressed !== undefined) add('SuppressedError', Suppressed);

for (const Class of [
  ...[GreenletError, GreenletExit, HangingCleanup, LoopExit, BrokenBarrierError, Empty, Full, ShutDown],
  ...[ConcurrentUseError, LimitExceededError, SocketClosedError, WebSocketClosedError, LeakError, ScheduleError],
  ...[AuthenticationError, BrokenPipeError, ConnectionLostError, EOFError, WorkerLostError],
]) {
  add(`greenhub:${Class.name}`, Class);
}

// A Buffer arrives in a thread as a Uint8Array.
add('greenhub:PrematureEndError', PrematureEndError, {
  finish(error) {
    const { partial } = error as { partial?: unknown };
    if (partial instanceof Uint8Array)
      Object.assign(error, { partial: Buffer.from(partial.buffer, partial.byteOffset, partial.byteLength) });
  },
});

// The fields of a Timeout are the state of its timer, which a new one must have too.
const makeTimeout = () => new Timeout(0);
add('greenhub:Timeout', Timeout, {
  make: () => stackless(makeTimeout),
  internals: Object.keys(stackless(makeTimeout)).filter((key) => key !== 'ms'),
});
