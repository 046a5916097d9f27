import { isGeneratorFunction } from '../greenlet/operation.ts';

export type GeneratorBody = (this: unknown, ...args: unknown[]) => Generator;

/** True for a `function*`: given to Node as a callback it can only be meant to be spawned. */
export function isGeneratorBody(value: unknown): value is GeneratorBody {
  return typeof value === 'function' && isGeneratorFunction(value);
}
