/** How the tests see what objects show. */
import { inspect } from 'node:util';

/** An object and its expected line. */
export type Row = readonly [object: object, line: string];

/** The line without numbers that differ between runs. */
export function plain(line: string): string {
  return line.replace(/([#-])\d+/g, '$1N');
}

/** The text of an object, in each of the ways in which a person may see it. */
export function shownOf(object: object): string[] {
  const nested = inspect({ object }, { breakLength: Infinity });
  return [
    inspect(object),
    `${object}`,
    JSON.parse(JSON.stringify({ object })).object,
    nested.slice('{ object: '.length, -' }'.length),
  ];
}

/** The names of the classes that a module exports, without errors. */
export function shownClassesOf(module: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(module).filter((name) => {
    const value = module[name];
    return (
      typeof value === 'function' &&
      /^class\b/.test(Function.prototype.toString.call(value)) &&
      !(value.prototype instanceof Error)
    );
  });
}
