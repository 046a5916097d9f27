import { GreenletExit } from '../greenlet/errors.ts';
import type { Operation } from '../greenlet/operation.ts';
import { type Greenlet, spawn } from './greenlet.ts';
import { helper } from './helper.ts';

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
    const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
    const steps = new Set<Greenlet<IteratorResult<T, undefined>>>();
    return {
      // Each step in a greenlet of its own, so that one under way can be withdrawn when the iteration is ended.
      next: async () => {
        const step: Greenlet<IteratorResult<T, undefined>> = spawn(stepOf<T>, this);
        steps.add(step);
        try {
          return await step;
        } catch (error) {
          if (error instanceof GreenletExit) return end;
          throw error;
        } finally {
          steps.delete(step);
        }
      },
      return: async () => {
        for (const step of steps) step.kill();
        this.close();
        return end;
      },
    };
  }
}

const stepOf = helper(<T>(iteration: Iteration<T>): Operation<IteratorResult<T, undefined>> => iteration.next());
