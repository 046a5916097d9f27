import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/bound-work.ts';
import { spawn } from '../hub/greenlet.ts';
import { insideGreenlet } from './inside-greenlet.ts';
import { named } from './named.ts';
import { install, type Replace } from './patches.ts';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => AnyFunction;

/**
 * Makes the timers of `node:timers/promises` end with their waiter when it is cancelled in a greenlet, and lets
 * `setTimeout`, `setInterval` and `setImmediate` take a generator function, which is spawned as a greenlet each time.
 */
export function patchTimers(): void {
  install('timers', (replace) => {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) spawnGenerators(replace, name);
    const module = 'timers/promises';
    const scheduler = Object.getPrototypeOf(timersPromises.scheduler);
    // What a timer takes before its options.
    bind(replace, module, timersPromises, 'setTimeout', 2, (work, promise) =>
      boundPromise(work, promise as Promise<unknown>),
    );
    bind(replace, module, timersPromises, 'setImmediate', 1, (work, promise) =>
      boundPromise(work, promise as Promise<unknown>),
    );
    bind(replace, module, timersPromises, 'setInterval', 2, (work, ticks) =>
      boundTicks(work, ticks as AsyncIterator<unknown>),
    );
    bind(replace, `${module}.scheduler`, scheduler, 'wait', 1, (work, promise) =>
      boundPromise(work, promise as Promise<unknown>),
    );
  });
}

function spawnGenerators(replace: Replace, name: 'setTimeout' | 'setInterval' | 'setImmediate'): void {
  const original = timers[name] as unknown as AnyFunction;
  const { timer } = {
    timer(this: unknown, ...args: unknown[]): unknown {
      const [callback, ...rest] = args;
      if (!(callback instanceof GeneratorFunction)) return original.apply(this, args);
      return original.call(this, (...passed: unknown[]) => void spawn(callback, ...passed), ...rest);
    },
  };
  named(timer, original);
  replace('timers', timers, name, { value: timer, writable: true, enumerable: true });
  replace('globalThis', globalThis, name, { value: timer, writable: true, enumerable: true });
}

/** Has a timer of `timers/promises` started with a signal that is aborted when its greenlet is cancelled. */
function bind(
  replace: Replace,
  module: string,
  holder: object,
  name: string,
  optionsAt: number,
  bound: (work: BoundWork, started: unknown) => unknown,
): void {
  const property = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor;
  const original = property.value as AnyFunction;
  const { timer } = {
    timer(this: unknown, ...args: unknown[]): unknown {
      const options = args[optionsAt];
      // What is wrong is the original's to refuse.
      const isWrong = options !== undefined && (typeof options !== 'object' || options === null);
      if (isWrong || !insideGreenlet()) return original.apply(this, args);
      const work = new BoundWork();
      while (args.length <= optionsAt) args.push(undefined);
      args[optionsAt] = { ...options, signal: work.signal((options as { signal?: AbortSignal } | undefined)?.signal) };
      const result = bound(work, original.apply(this, args));
      work.bindTo(kernel.current);
      return result;
    },
  };
  replace(module, holder, name, { ...property, value: named(timer, original) });
}

function boundPromise(work: BoundWork, promise: Promise<unknown>): unknown {
  return work.promise(promise, () => work.unbind());
}

/** The ticks of an interval, until it is told to return or the greenlet is cancelled. */
function boundTicks(work: BoundWork, ticks: AsyncIterator<unknown>): unknown {
  return {
    next: () => ticks.next(),
    return(value?: unknown) {
      work.release(undefined);
      work.unbind();
      return Promise.resolve({ done: true, value });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
