import { Buffer } from 'node:buffer';
import type * as Undici from 'undici';

type Given = Undici.Dispatcher.RequestOptions['headers'];
type Pairs = [name: string, value: string | string[] | undefined][];

/**
 * The headers of a request, with the user and password of its URL as a Basic Authorization header, as with `curl`. If
 * the program has set that header itself, it is left unchanged.
 */
export function withCredentials({ username, password }: URL, headers: Given): Given {
  if (username === '' && password === '') return headers;
  // undici refuses invalid headers.
  if (headers !== undefined && headers !== null && typeof headers !== 'object') return headers;
  const pairs = pairsOf(headers);
  if (pairs.some(([name]) => String(name).toLowerCase() === 'authorization')) return headers;
  const credentials = Buffer.concat([decoded(username), Buffer.from(':'), decoded(password)]);
  return [...pairs, ['authorization', `Basic ${credentials.toString('base64')}`]].flat() as string[];
}

/** The headers as name-value pairs, because only undici's flat-array form can represent all of them. */
function pairsOf(headers: Given): Pairs {
  if (headers === null || headers === undefined) return [];
  if (Array.isArray(headers)) {
    return Array.from({ length: Math.ceil(headers.length / 2) }, (_, at) => headers.slice(2 * at, 2 * at + 2)) as Pairs;
  }
  return Symbol.iterator in headers ? ([...headers] as Pairs) : (Object.entries(headers) as Pairs);
}

/** The percent-decoded bytes of a part of a URL. */
function decoded(part: string): Buffer {
  const bytes = part.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}
