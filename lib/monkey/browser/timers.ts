import type { AnyFunction } from '../patch-function.ts';
import { install } from '../patches.ts';
import { spawning } from '../spawning-timer.ts';

/**
 * Patches the timers of a browser: `setTimeout` and `setInterval` also take a generator function, which is spawned as a greenlet
 * each time. Clearing a timer stops future ticks; greenlets that were already spawned continue.
 */
export function patchTimers(): void {
  install(patchTimers, (replace) => {
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const value = spawning(globalThis[name] as unknown as AnyFunction);
      replace('globalThis', globalThis, name, { value, writable: true, enumerable: true });
    }
  });
}
