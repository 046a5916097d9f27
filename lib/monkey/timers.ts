import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { boundBySignal, tieIterator } from './bound-by-signal.ts';
import { installInNode } from './install-in-node.ts';
import { type AnyFunction, patchFunction } from './patch-function.ts';
import type { Replace } from './patches.ts';
import { spawning } from './spawning-timer.ts';

/**
 * Patches timers. In greenlets, the timers of `node:timers/promises` end when their waiter is cancelled. `setTimeout`,
 * `setInterval` and `setImmediate` also take a generator function, which is spawned as a greenlet each time.
 *
 * An interval spawns at every tick, even if the previous greenlet is still running, just as `setInterval` calls an
 * async function again. Clearing a timer stops future ticks; greenlets that were already spawned continue.
 */
export function patchTimers(): void {
  installInNode(patchTimers, (replace) => {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) spawnGenerators(replace, name);
    const module = 'timers/promises';
    // In Bun, the method is the object's own.
    const { scheduler: instance } = timersPromises;
    const scheduler = Object.hasOwn(instance, 'wait') ? instance : Object.getPrototypeOf(instance);
    patchFunction(replace, module, timersPromises, 'setTimeout', boundBySignal(2));
    patchFunction(replace, module, timersPromises, 'setImmediate', boundBySignal(1));
    patchFunction(replace, module, timersPromises, 'setInterval', boundBySignal(2, tieIterator(true)));
    patchFunction(replace, `${module}.scheduler`, scheduler, 'wait', boundBySignal(1));
  });
}

function spawnGenerators(replace: Replace, name: 'setTimeout' | 'setInterval' | 'setImmediate'): void {
  const ofModule = timers[name] as unknown as AnyFunction;
  const ofGlobal = globalThis[name] as unknown as AnyFunction;
  const replacement = spawning(ofModule);
  replace('timers', timers, name, { value: replacement, writable: true, enumerable: true });
  // The program may have replaced the global function.
  const value = ofGlobal === ofModule ? replacement : spawning(ofGlobal);
  replace('globalThis', globalThis, name, { value, writable: true, enumerable: true });
}
