import { withStackTraceLimit } from '../../greenlet/stack-trace-limit.ts';
import { kindNamed, kindOfError } from './error-classes.ts';

/** An error that is ready for a clone. */
export interface CodedError {
  /** Of the nearest class that both ends know. */
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Its other own properties: `code`, `cause`, `errors` and what the program has set. */
  readonly own: readonly (readonly [key: string, value: unknown, isEnumerable: boolean])[];
}

/** Properties that are sent by themselves. */
const APART = ['message', 'stack'];

/**
 * @param send gives the form in which a property's value is sent; null if it cannot be sent, and is left out
 */
export function codedError(error: Error, send: (value: unknown) => { readonly sent: unknown } | null): CodedError {
  const kind = kindOfError(error);
  const name = textOf(error, 'name', 'Error');
  const message = textOf(error, 'message', '');
  const own: [string, unknown, boolean][] = [];
  for (const key of Object.getOwnPropertyNames(error)) {
    if (APART.includes(key) || kind.internals.includes(key)) continue;
    const value = send(propertyOf(error, key));
    if (value !== null) own.push([key, value.sent, Object.prototype.propertyIsEnumerable.call(error, key)]);
  }
  const stack = textOf(error, 'stack', message === '' ? name : `${name}: ${message}`);
  return { kind: kind.name, name, message, stack, own };
}

/** The error without its properties, because these may lead back to it. */
export function emptyError({ kind, name, message }: CodedError): Error {
  if (kind === 'DOMException') return withStackTraceLimit(0, () => new DOMException(message, name)) as Error;
  return kindNamed(kind).make();
}

export function fillError(error: Error, { kind, name, message, stack, own }: CodedError): void {
  if (kind !== 'DOMException') define(error, 'message', message, false);
  define(error, 'stack', stack, false);
  for (const [key, value, isEnumerable] of own) define(error, key, value, isEnumerable);
  if (error.name !== name) define(error, 'name', name, false);
  kindNamed(kind).finish(error);
}

/**
 * Puts the frames of the call below those of the child.
 *
 * @param title stands between the two
 * @param caller a stack; what is above its first frame is left out
 */
export function addCaller(error: Error, title: string, caller: string): void {
  const first = caller.search(/^ *at /m);
  if (first >= 0) define(error, 'stack', `${error.stack}\n    --- ${title} ---\n${caller.slice(first)}`, false);
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

function textOf(error: Error, key: 'name' | 'message' | 'stack', otherwise: string): string {
  const text = propertyOf(error, key);
  return typeof text === 'string' ? text : otherwise;
}

/** A getter may throw. */
function propertyOf(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
