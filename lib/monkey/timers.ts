import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { kernel } from '../greenlet/kernel.ts';
import { spawn } from '../hub/greenlet.ts';
import { BoundWork } from './bound.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { install, type Replace } from './patches.ts';

type AnyFunction = (...args: unknown[]) => unknown;
type WithSignal = { signal?: AbortSignal };

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => AnyFunction;

/**
 * Makes the promises of `node:timers/promises` end with their waiter when it is cancelled in a greenlet, and lets
 * `setTimeout`, `setInterval` and `setImmediate` take a generator function, which is spawned as a greenlet each time.
 */
export function patchTimers(): void {
  install('timers', (replace) => {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) spawnGenerators(replace, name);
    // What a promise timer takes before its options.
    bindToWaiter(replace, 'timers/promises', timersPromises, 'setTimeout', 2);
    bindToWaiter(replace, 'timers/promises', timersPromises, 'setImmediate', 1);
    bindToWaiter(replace, 'timers/promises.scheduler', timersPromises.scheduler, 'wait', 1);
  });
}

function spawnGenerators(replace: Replace, name: 'setTimeout' | 'setInterval' | 'setImmediate'): void {
  const original = timers[name] as unknown as AnyFunction;
  const timer = function (this: unknown, ...args: unknown[]): unknown {
    const [callback, ...rest] = args;
    if (!(callback instanceof GeneratorFunction)) return original.apply(this, args);
    return original.call(this, (...passed: unknown[]) => void spawn(callback, ...passed), ...rest);
  };
  // With the name and length also what `util.promisify` looks for.
  Object.defineProperties(timer, Object.getOwnPropertyDescriptors(original));
  for (const [module, holder] of [
    ['timers', timers],
    ['globalThis', globalThis],
  ] as const) {
    replace(module, holder, name, { value: timer, writable: true, enumerable: true });
  }
}

function bindToWaiter(replace: Replace, module: string, holder: object, name: string, optionsAt: number): void {
  const original = (holder as Record<string, AnyFunction>)[name] as AnyFunction;
  const timer = function (this: unknown, ...args: unknown[]): unknown {
    if (!insideGreenlet()) return original.apply(this, args);
    const work = new BoundWork();
    const options = args[optionsAt] as WithSignal | undefined;
    args.length = Math.max(args.length, optionsAt + 1);
    args[optionsAt] = { ...options, signal: work.signal(options?.signal) };
    const promise = work.promise(original.apply(this, args) as Promise<unknown>, () => work.unbind());
    work.bindTo(kernel.current);
    return promise;
  };
  Object.defineProperties(timer, Object.getOwnPropertyDescriptors(original));
  replace(module, holder, name, { value: timer, writable: true, enumerable: true });
}
