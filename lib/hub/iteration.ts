import { GreenletExit } from '../greenlet/errors.ts';
import type { Operation } from '../greenlet/operation.ts';
import { type Greenlet, spawn } from './greenlet.ts';
import { helper } from './helper.ts';

/** One way through an iteration that several may go through. */
export interface Cursor<T> {
  next(): Operation<IteratorResult<T, undefined>>;
  /** Called once, when it stops early: the iteration ends if nobody else goes through it. */
  leave(): void;
}

/** How an iteration is told of those who go through it. */
export interface Shared<T> {
  enter(): Cursor<T>;
}

/**
 * Values that come one after the other, each of which may have to be waited for. Inside a greenlet
 * `yield* forEach(iteration, function* (item) { … })`, outside `for await (const item of iteration)`.
 */
export class Iteration<T> implements AsyncIterable<T> {
  private readonly advance: () => Operation<IteratorResult<T, undefined>>;
  private readonly close: () => void;
  private readonly shared: Shared<T> | null;

  /**
   * @param advance gives the operation for the next step
   * @param close called when whoever iterates stops early
   * @param shared asked for a cursor by each `forEach()` and `for await`, where one that stops is not to end it for all
   */
  constructor(
    advance: () => Operation<IteratorResult<T, undefined>>,
    close: () => void = () => {},
    shared: Shared<T> | null = null,
  ) {
    this.advance = advance;
    this.close = close;
    this.shared = shared;
  }

  /** An operation for the next step: `{ done: false, value }`, or `{ done: true }` at the end. */
  next(): Operation<IteratorResult<T, undefined>> {
    return this.advance();
  }

  /** Ends the iteration; what was begun for it is withdrawn. */
  return(): void {
    this.close();
  }

  /** @internal Somebody begins to go through it. */
  enter(): Cursor<T> {
    return this.shared?.enter() ?? { next: () => this.advance(), leave: () => this.close() };
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
    const steps = new Set<Greenlet<IteratorResult<T, undefined>>>();
    const cursor = this.enter();
    return {
      // Each step in a greenlet of its own, so that one under way can be withdrawn when the iteration is ended.
      next: async () => {
        const step: Greenlet<IteratorResult<T, undefined>> = spawn(stepOf<T>, cursor);
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
        cursor.leave();
        return end;
      },
    };
  }
}

const stepOf = helper(<T>(cursor: Cursor<T>): Operation<IteratorResult<T, undefined>> => cursor.next());
