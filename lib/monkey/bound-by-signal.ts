import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import type { Inside } from './patch-function.ts';
import { withOptions } from './with-options.ts';

/** Binds the result of a function to a work. It also gets the arguments of the call. */
export type Tie = (work: BoundWork, begun: unknown, args: unknown[]) => unknown;

interface Options {
  signal?: AbortSignal | null | undefined;
}

/**
 * Patches a function that has a `signal` option: work that it begins in a greenlet ends when the greenlet, or the
 * waiter, is cancelled. The program's own signal remains effective.
 *
 * @param optionsAt the index of the options among the arguments, or a function that returns it
 * @param tie binds the result to its work; by default for a promise
 * @param elsewhere gives options that come from another argument; its signal counts if the options have none
 */
export function boundBySignal(
  optionsAt: number | ((args: unknown[]) => number),
  tie: Tie = tiePromise,
  elsewhere: (args: unknown[]) => Options = () => ({}),
): Inside {
  return (original, self, args) => {
    const at = typeof optionsAt === 'number' ? optionsAt : optionsAt(args);
    const options = args[at];
    // Let the original refuse invalid options.
    if (options !== undefined && (typeof options !== 'object' || options === null)) return original.apply(self, args);
    const work = new BoundWork();
    while (args.length <= at) args.push(undefined);
    const others = elsewhere(args);
    const { signal = others.signal } = (options ?? {}) as Options;
    args[at] = withOptions(options, { ...others, signal: work.signal(signal) });
    const result = tie(work, original.apply(self, args), args);
    work.bindTo(kernel.current);
    return result;
  };
}

function tiePromise(work: BoundWork, promise: unknown): unknown {
  return work.promise(promise as Promise<unknown>, () => work.unbind());
}

/**
 * Binds an async iterator that the signal ends. It is unbound when it has ended.
 *
 * @param isGenerator true if its own `return()` would wait for the current step, which may take forever
 */
export function tieIterator(isGenerator: boolean): Tie {
  return (work, begun) => {
    const iterator = begun as AsyncIterator<unknown, unknown>;
    const { next, return: end } = iterator as Required<AsyncIterator<unknown, unknown>>;
    let hasEnded = false;
    Object.defineProperties(iterator, {
      next: {
        configurable: true,
        writable: true,
        value(): Promise<IteratorResult<unknown>> {
          if (hasEnded) return Promise.resolve({ done: true, value: undefined });
          const step = work.promise(next.call(iterator), (given) => {
            if (given?.done !== false) work.unbind();
          });
          // Cancelling the wait for one step must not cancel the iteration.
          Reflect.deleteProperty(step, Symbol.iterator);
          return step;
        },
      },
      return: {
        configurable: true,
        writable: true,
        value(value?: unknown): Promise<IteratorResult<unknown>> {
          work.unbind();
          if (!isGenerator) return end.call(iterator);
          hasEnded = true;
          work.release(undefined);
          return Promise.resolve({ done: true, value });
        },
      },
    });
    return iterator;
  };
}
