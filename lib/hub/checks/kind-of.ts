/** The kind of a wrong value, for messages. Its text is left out: it may be a secret or contain line breaks. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const kind: unknown = value.constructor;
  const name =
    typeof kind === 'function' && kind.name !== '' ? kind.name : Object.prototype.toString.call(value).slice(8, -1);
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] === 'function';
}
