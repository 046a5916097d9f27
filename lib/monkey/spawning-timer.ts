import { spawn } from '../hub/tasks/spawn.ts';
import { type GeneratorBody, isGeneratorBody } from './generator-function.ts';
import { likeOriginal } from './like-original.ts';
import type { AnyFunction } from './patch-function.ts';

/** A timer that spawns a generator function as a greenlet each time. Anything else is passed on unchanged. */
export function spawning(original: AnyFunction): AnyFunction {
  const spawner: AnyFunction = function (callback, ...rest) {
    const body = callback as GeneratorBody;
    const tick: AnyFunction = function (...passed) {
      spawn(likeOriginal(body.bind(this), body), ...passed);
    };
    return original.call(this, tick, ...rest);
  };
  const { timer } = {
    timer(this: unknown, callback: unknown, ...rest: unknown[]): unknown {
      if (isGeneratorBody(callback)) return spawner.call(this, callback, ...rest);
      // With a known number of arguments, the engine does not create an array.
      switch (rest.length) {
        case 0:
          return original.call(this, callback);
        case 1:
          return original.call(this, callback, rest[0]);
        default:
          return original.call(this, callback, ...rest);
      }
    },
  };
  return likeOriginal(timer, original);
}
