/** Checks the options that every call has that starts children. */
import type { ResourceLimits } from 'node:worker_threads';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../../hub/checks/options.ts';

interface Unchecked {
  readonly name?: unknown;
  readonly env?: unknown;
  readonly execArgv?: unknown;
  readonly resourceLimits?: unknown;
}

const LIMITS: OptionNames<ResourceLimits> = {
  maxOldGenerationSizeMb: 'number',
  maxYoungGenerationSizeMb: 'number',
  codeRangeSizeMb: 'number',
  stackSizeMb: 'number',
};

/**
 * @throws TypeError for an option of a wrong type, or for a limit that children of this kind do not have
 * @throws RangeError for a limit that is no positive number
 */
export function checkChildOptions(
  kind: 'process' | 'thread',
  { name, env, execArgv, resourceLimits }: Unchecked,
  call: string,
): void {
  if (name !== undefined && typeof name !== 'string') throw wrongOption('name', call, 'a string', name);
  checkObject(env, 'env', call);
  checkObject(resourceLimits, 'resourceLimits', call);
  checkLimits(kind, resourceLimits as ResourceLimits | undefined, `resourceLimits of ${call}`);
  checkList(execArgv, 'execArgv', call);
}

/** Node would ignore all of these silently, or end the child with a message about flags that the program did not write. */
function checkLimits(kind: 'process' | 'thread', limits: ResourceLimits | undefined, call: string): void {
  checkedOptions(limits, LIMITS, call);
  for (const [name, size] of Object.entries(limits ?? {})) {
    if (size === undefined) continue;
    if (typeof size !== 'number') throw wrongOption(name, call, 'a number of megabytes', size);
    if (!(size > 0 && size < Infinity)) {
      throw new RangeError(`${name} of ${call} must be a positive number of megabytes, not ${size}`);
    }
  }
  if (kind === 'process' && limits?.codeRangeSizeMb !== undefined) {
    throw new TypeError('codeRangeSizeMb is no limit of a process, because V8 has no flag for it: use a thread');
  }
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
