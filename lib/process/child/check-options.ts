/** Checks the options that every call has that starts children. */
import { kindOf } from '../../hub/checks/kind-of.ts';

interface Unchecked {
  readonly name?: unknown;
  readonly env?: unknown;
  readonly execArgv?: unknown;
  readonly resourceLimits?: unknown;
}

/** @throws TypeError for an option of a wrong type */
export function checkChildOptions({ name, env, execArgv, resourceLimits }: Unchecked, call: string): void {
  if (name !== undefined && typeof name !== 'string') throw wrongOption('name', call, 'a string', name);
  checkObject(env, 'env', call);
  checkObject(resourceLimits, 'resourceLimits', call);
  checkList(execArgv, 'execArgv', call);
}

/** @throws TypeError for anything but an array */
export function checkList(list: unknown, name: string, call: string): void {
  if (list !== undefined && !Array.isArray(list)) throw wrongOption(name, call, 'an array', list);
}

export function wrongOption(name: string, call: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} of ${call} must be ${wanted}, not ${kindOf(value)}`);
}

function checkObject(object: unknown, name: string, call: string): void {
  if (object === undefined || (typeof object === 'object' && object !== null)) return;
  throw wrongOption(name, call, 'an object', object);
}
