import type { Operation } from '../greenlet/operation.ts';

/**
 * Values that come one after the other, each of which may have to be waited for. Inside a greenlet
 * `yield* forEach(iteration, function* (item) { … })`, outside `for await (const item of iteration)`.
 */
export class Iteration<T> implements AsyncIterable<T> {
  private readonly advance: () => Operation<IteratorResult<T, undefined>>;
  private readonly close: () => void;

  /**
   * @param advance gives the operation for the next step
   * @param close called when whoever iterates stops early
   */
  constructor(advance: () => Operation<IteratorResult<T, undefined>>, close: () => void = () => {}) {
    this.advance = advance;
    this.close = close;
  }

  /** An operation for the next step: `{ done: false, value }`, or `{ done: true }` at the end. */
  next(): Operation<IteratorResult<T, undefined>> {
    return this.advance();
  }

  /** Ends the iteration; what was begun for it is withdrawn. */
  return(): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => Promise.resolve(this.advance()),
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}
