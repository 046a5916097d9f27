/** Shows values as `console.log()` of Node does, as far as the programs of the documentation need it. */

/** Objects that know how they are printed, such as those of greenhub. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
/** A longer object takes a line for each of its parts. */
const LONGEST_LINE = 72;
const DEEPEST = 2;

/** A line of `console.log()`. */
export function format(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? value : show(value))).join(' ');
}

/** @param above the objects that this one is in */
export function show(value: unknown, above: readonly object[] = []): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') {
    return functionText(value, /^class\b/.test(String(value)), Object.prototype.toString.call(value).slice(8, -1));
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const { [INSPECT]: inspect } = value as { [INSPECT]?: () => unknown };
  if (typeof inspect === 'function') return String(inspect.call(value));
  if (value instanceof Error || value instanceof RegExp) return String(value);
  if (value instanceof Date) return value.toISOString();
  if (above.includes(value)) return '[Circular *1]';
  if (above.length > DEEPEST) return Array.isArray(value) ? '[Array]' : `[${nameOf(value) || 'Object'}]`;
  return showParts(value, [...above, value]);
}

function quoted(text: string): string {
  const quote = [`'`, '"', '`'].find((mark) => !text.includes(mark)) ?? `'`;
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return quote + (quote === `'` ? escaped.replaceAll(`'`, `\\'`) : escaped) + quote;
}

function functionText({ name }: { readonly name: string }, isClass: boolean, kind: string): string {
  if (isClass) return `[class ${name || '(anonymous)'}]`;
  return name === '' ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`;
}

function nameOf(value: object): string {
  return String((Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? '');
}

function showParts(value: object, above: readonly object[]): string {
  const inside = (part: unknown): string => show(part, above);
  const name = nameOf(value);
  if (Array.isArray(value)) return joined('', '[', value.map(inside), ']');
  if (value instanceof Map) {
    const parts = [...value].map(([key, part]) => `${inside(key)} => ${inside(part)}`);
    return joined(`Map(${value.size}) `, '{', parts, '}');
  }
  if (value instanceof Set) return joined(`Set(${value.size}) `, '{', [...value].map(inside), '}');
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) {
    const items = [...(value as Uint8Array)];
    return joined(`${name}(${items.length}) `, '[', items.map(inside), ']');
  }
  const parts = Object.entries(value).map(([key, part]) => {
    return `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: ${inside(part)}`;
  });
  return joined(prefixOf(name), '{', parts, '}');
}

function prefixOf(name: string): string {
  if (name === '') return '[Object: null prototype] ';
  return name === 'Object' ? '' : `${name} `;
}

function joined(prefix: string, open: string, parts: readonly string[], close: string): string {
  if (parts.length === 0) return `${prefix}${open}${close}`;
  const line = parts.join(', ');
  if (line.length <= LONGEST_LINE && !line.includes('\n')) return `${prefix}${open} ${line} ${close}`;
  const lines = parts.map((part) => `  ${part.replaceAll('\n', '\n  ')}`);
  return `${prefix}${open}\n${lines.join(',\n')}\n${close}`;
}
