import { kernel } from '../greenlet/kernel.ts';
import { BoundWork } from '../hub/cancellation/bound-work.ts';
import type { Inside } from './in-greenlets.ts';

/** Ties what a function has begun to its work. */
export type Tie = (work: BoundWork, begun: unknown) => unknown;

/**
 * For functions that take a `signal` among their options: what they begin in a greenlet ends when the greenlet is
 * cancelled, or whoever waits for it. A signal of the program's own goes on to count.
 *
 * @param optionsAt what a function takes before its options
 * @param tie how what it gives is tied to its work: a promise, unless said otherwise
 */
export function boundBySignal(optionsAt: number | ((args: unknown[]) => number), tie: Tie = tiePromise): Inside {
  return (original, self, args) => {
    const at = typeof optionsAt === 'number' ? optionsAt : optionsAt(args);
    const options = args[at];
    // What is wrong is the original's to refuse.
    if (options !== undefined && (typeof options !== 'object' || options === null)) return original.apply(self, args);
    const work = new BoundWork();
    while (args.length <= at) args.push(undefined);
    args[at] = { ...options, signal: work.signal((options as { signal?: AbortSignal } | undefined)?.signal) };
    const result = tie(work, original.apply(self, args));
    work.bindTo(kernel.current);
    return result;
  };
}

function tiePromise(work: BoundWork, promise: unknown): unknown {
  return work.promise(promise as Promise<unknown>, () => work.unbind());
}

/**
 * Ties an async iterator that the signal ends: it is let go of when it has ended.
 *
 * @param isGenerator says that its own `return()` would wait for the step that is under way, which may take for ever
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
          // To give up waiting for a step is not to give up the iteration.
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
