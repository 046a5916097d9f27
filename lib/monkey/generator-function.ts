const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => GeneratorBody;

export type GeneratorBody = (this: unknown, ...args: unknown[]) => Generator;

/** True for a `function*`: given to Node as a callback it can only be meant to be spawned. */
export function isGeneratorBody(value: unknown): value is GeneratorBody {
  return value instanceof GeneratorFunction;
}
