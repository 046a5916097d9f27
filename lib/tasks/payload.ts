/**
 * How arguments, results and errors are stored. What JSON can hold is stored as JSON, so that people and other tools can read
 * it. Everything else (a Map, a Date, an error, undefined in an object) is stored as a structured clone, in base64.
 */
import { deserialize, serialize } from 'node:v8';
import { valueText } from '../greenlet/shown.ts';
import { decode, decodeError, type Encoded, encode, encodeError } from '../process/travel/encode.ts';
import { isSameInJson, isSmallJson } from '../process/travel/json.ts';
import type { Way } from '../process/travel/shareable.ts';
import { isPrimitive } from '../process/travel/walk.ts';

/** A stored value. */
export type Payload = { readonly json: unknown } | { readonly v8: string };

/** A stored error. */
export interface Failure {
  /** Its name and message, in one line, for people and other tools. */
  readonly text: string;
  readonly stack: string;
  /** The error itself; null if only the text is known. */
  readonly error: Payload | null;
}

const WAY: Way = { toThread: false, use: 'job' };

/** More bytes than a character of a JSON text can have, and than a number with its comma. */
const WIDEST = 6;
const WIDEST_NUMBER = 26;

/**
 * Prepares a value to be stored. The payload shares nothing with the value, which may be changed before it is stored.
 *
 * @param root the name of the value in messages: `args` or `result`
 * @param maxBytes the largest size
 * @throws TypeError if something inside cannot be stored, with its path; RangeError if it is too large
 */
export function pack(value: unknown, root: string, maxBytes: number): Payload {
  if (value === undefined) return { json: undefined };
  if (isSmallJson(value)) return asJson(value, root, maxBytes);
  const encoded = encode(value, root, WAY);
  if (encoded.specials === null && isSameInJson(value)) return asJson(value, root, maxBytes);
  const bytes = serialize(encoded);
  checkSize((bytes.byteLength * 4) / 3, root, maxBytes);
  return { v8: bytes.toString('base64') };
}

function asJson(value: unknown, root: string, maxBytes: number): Payload {
  checkSize(jsonBytes(value, maxBytes), root, maxBytes);
  return { json: copyOf(value) };
}

/** The value of a payload. Each call makes a new one, except of JSON. */
export function unpack(payload: Payload): unknown {
  return 'v8' in payload ? decode(deserialize(Buffer.from(payload.v8, 'base64')) as Encoded) : payload.json;
}

/** The same payload for one more reader, who may change what it holds. */
export function ownCopy(payload: Payload): Payload {
  return 'v8' in payload ? payload : { json: copyOf(payload.json) };
}

/** A copy of a value that is the same in JSON. */
function copyOf(json: unknown): unknown {
  if (isPrimitive(json)) return json;
  if (Array.isArray(json)) return json.map(copyOf);
  return Object.fromEntries(Object.entries(json as object).map(([key, value]) => [key, copyOf(value)]));
}

/** Prepares what was thrown. Properties that cannot be stored are left out. It never throws. */
export function packError(thrown: unknown): Failure {
  const error: Payload = { v8: serialize(encodeError(thrown, WAY)).toString('base64') };
  if (!(thrown instanceof Error)) return { text: `thrown: ${valueText(thrown)}`, stack: '', error };
  const { name, message, stack } = thrown;
  return { text: message === '' ? name : `${name}: ${message}`, stack: stack ?? '', error };
}

/**
 * What was thrown.
 *
 * @param caller the stack of the call that waits for it; it is shown below that of the worker
 */
export function unpackError({ error, text, stack }: Failure, caller?: string): unknown {
  if (error !== null && 'v8' in error) {
    return decodeError(deserialize(Buffer.from(error.v8, 'base64')) as Encoded, caller, 'waited for at');
  }
  const plain = new Error(text);
  if (stack !== '') plain.stack = stack;
  return plain;
}

/** The size of a value in JSON. It is not measured where it is certainly small enough. */
function jsonBytes(value: unknown, maxBytes: number): number {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return 0;
  if (typeof value === 'string' && value.length * WIDEST <= maxBytes) return 0;
  const isShort = Array.isArray(value) && value.length * WIDEST_NUMBER <= maxBytes;
  if (isShort && value.every((item) => typeof item === 'number')) return 0;
  const text = JSON.stringify(value);
  return text.length * WIDEST <= maxBytes ? 0 : Buffer.byteLength(text);
}

function checkSize(bytes: number, root: string, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new RangeError(
    `${root} of ${sizeText(bytes)} cannot be stored, because the limit is ${sizeText(maxBytes)}: ` +
      'store it elsewhere (a file, an object store, a database) and send where it is, or set maxPayload',
  );
}

function sizeText(bytes: number): string {
  return bytes < 1_024 ? `${Math.ceil(bytes)} bytes` : `${Math.floor(bytes / 1_024)} KiB`;
}
