import { isGenerator, isOperation } from '../../greenlet/operation.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../../hub/checks/options.ts';
import type { Settled } from '../../hub/parking/body.ts';
import { moduleUrl } from './module-url.ts';
import { knownPlace, type Place } from './remote.ts';

/** A function by its module: an alternative to `remote()` that needs no change in the module. */
export interface TargetModule {
  /** A URL, a `file:` URL as text, or an absolute path. */
  module: URL | string;
  /** The name of the export. The default is `'default'`. */
  export?: string | undefined;
}

/** What another process can run: a function of `remote()`, or a function by its module. */
export type Target = ((...args: never[]) => unknown) | TargetModule;

/** The arguments of a target. */
export type TargetArgs<T> = T extends (...args: infer A) => unknown ? A : unknown[];

/** The final result of a target: its generator's return value, or the value of its operation or promise. */
export type TargetResult<T> = T extends (...args: never[]) => infer R ? Settled<R> : unknown;

const OPTIONS: OptionNames<TargetModule> = { module: 'any', export: 'string' };

/**
 * The place where another process finds a target.
 *
 * @param caller the call that takes the target, for messages
 * @throws TypeError if it is not a target
 */
export function placeOf(target: unknown, caller = 'a target'): Place {
  if (typeof target === 'function') return knownPlace(target) ?? refuseClosure(target, caller);
  if (isOperation(target) || isGenerator(target)) {
    const what = isOperation(target) ? 'an operation' : 'a generator';
    throw new TypeError(`${caller} takes a function as its target, not ${what}: write fn, [args] instead of fn(args)`);
  }
  if (typeof target !== 'object' || target === null || !('module' in target)) {
    throw new TypeError(
      `${caller} takes a function of remote() or { module, export } as its target, not ${kindOf(target)}`,
    );
  }
  checkedOptions(target as TargetModule, OPTIONS, caller);
  const { module, export: name = 'default' } = target as TargetModule;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(
      `the export of a target must be the name of an export, not ${name === '' ? "''" : kindOf(name)}`,
    );
  }
  return { module: moduleUrl(module, caller), export: name };
}

function refuseClosure({ name }: { name: unknown }, caller: string): never {
  const isName = typeof name === 'string' && /^[\w$]{1,60}$/.test(name);
  const known = isName && name !== 'default' ? name : 'work';
  throw new TypeError(
    `${caller} cannot send the function ${isName ? name : '(anonymous)'} to another process, because functions are not copied: ` +
      `write export const ${known} = remote(import.meta.url, '${known}', …) at the top level of a module`,
  );
}
