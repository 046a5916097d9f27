import { types } from 'node:util';

/**
 * The path from a value to something inside: `args[0].callback`, `item.get("key")` in a Map, `item.values[0]` in a Set. It is
 * looked for only once it is needed for a message.
 *
 * @param root the name of the value
 */
export function pathTo(culprit: unknown, value: unknown, root: string): string {
  return find(culprit, value, root, new Set()) ?? `something in ${root}`;
}

function find(culprit: unknown, value: unknown, path: string, seen: Set<object>): string | null {
  if (value === culprit) return path;
  if (typeof value !== 'object' || value === null || seen.has(value)) return null;
  seen.add(value);
  for (const [step, inner] of steps(value)) {
    const found = find(culprit, inner, path + step, seen);
    if (found !== null) return found;
  }
  return null;
}

function* steps(object: object): Iterable<[step: string, inner: unknown]> {
  if (types.isMap(object)) {
    let index = 0;
    for (const [key, value] of object) {
      yield [`.keys[${index}]`, key];
      yield [`.get(${keyText(key, index)})`, value];
      index += 1;
    }
    return;
  }
  if (types.isSet(object)) {
    let index = 0;
    for (const value of object) {
      yield [`.values[${index}]`, value];
      index += 1;
    }
    return;
  }
  for (const key of Object.keys(object)) {
    yield [Array.isArray(object) ? itemStep(key) : propertyStep(key), (object as Record<string, unknown>)[key]];
  }
}

/** A key of a Map. */
export function keyText(key: unknown, index = 0): string {
  if (typeof key === 'string') return JSON.stringify(key);
  if (typeof key === 'bigint') return `${key}n`;
  return typeof key === 'object' ? `keys[${index}]` : String(key);
}

function itemStep(key: string): string {
  return /^\d+$/.test(key) ? `[${key}]` : propertyStep(key);
}

/** The step to a property: `.name` or `["other name"]`. */
export function propertyStep(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
