import { isGeneratorFunction } from '../greenlet/operation.ts';

export type GeneratorBody = (this: unknown, ...args: unknown[]) => Generator;

/** True for a `function*`: given to Node as a callback it can only be meant to be spawned. */
export function isGeneratorBody(value: unknown): value is GeneratorBody {
  // Nearly all callbacks are plain functions, whose constructor the engine knows without looking for it.
  return typeof value === 'function' && value.constructor !== Function && isGeneratorFunction(value);
}
