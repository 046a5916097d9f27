import { isGeneratorFunction } from '../greenlet/operation.ts';

export type GeneratorBody = (this: unknown, ...args: unknown[]) => Generator;

/** True for a `function*`. Passed to Node as a callback, it can only mean a body to spawn. */
export function isGeneratorBody(value: unknown): value is GeneratorBody {
  // Nearly all callbacks are plain functions, and comparing their constructor is cheap.
  return typeof value === 'function' && value.constructor !== Function && isGeneratorFunction(value);
}
