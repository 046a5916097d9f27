import { GreenletExit, isA } from '../../greenlet/errors.ts';
import type { Operation } from '../../greenlet/operation.ts';
import { line, Shown, TEXT } from '../../greenlet/shown.ts';
import { checkedFunction } from '../checks/checks.ts';
import type { Greenlet } from './greenlet.ts';
import { helper } from './helper.ts';
import { spawn } from './spawn.ts';

/** One way through an iteration that several may go through. */
export interface Cursor<T> {
  next(): Operation<IteratorResult<T, undefined>>;
  /** It stops early: the iteration ends if nobody else goes through it. */
  leave(): void;
  /** It may have stopped, which nobody tells; it enters anew if it goes on. The iteration does not end for that. */
  pause(): void;
}

/** How an iteration is told of those who go through it. */
export interface Shared<T> {
  enter(): Cursor<T>;
}

/**
 * Values that come one after the other, each of which may have to be waited for. Inside a greenlet
 * `yield* forEach(iteration, function* (item) { … })`, outside `for await (const item of iteration)`.
 */
export class Iteration<T> extends Shown implements AsyncIterable<T> {
  private readonly advance: () => Operation<IteratorResult<T, undefined>>;
  private readonly close: () => void;
  private readonly shared: Shared<T> | null;
  private readonly what: string | null;

  /**
   * @param advance gives the operation for the next step
   * @param close called when whoever iterates stops early
   */
  constructor(advance: () => Operation<IteratorResult<T, undefined>>, close?: () => void);
  /**
   * @internal
   *
   * @param shared gives each `forEach()` and `for await` a cursor, where an end of one must not end it for all
   * @param what the call that made it, for messages
   */
  constructor(
    advance: () => Operation<IteratorResult<T, undefined>>,
    close?: () => void,
    shared?: Shared<T> | null,
    what?: string | null,
  );
  constructor(
    advance: () => Operation<IteratorResult<T, undefined>>,
    close: () => void = () => {},
    shared: Shared<T> | null = null,
    what: string | null = null,
  ) {
    super();
    this.advance = checkedFunction(advance, 'new Iteration()');
    this.close = close;
    this.shared = shared;
    this.what = what;
  }

  /** @internal */
  [TEXT](): string {
    return line('Iteration', 'Iteration', this.what);
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
    return this.shared?.enter() ?? { next: () => this.advance(), leave: () => this.close(), pause() {} };
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const end = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });
    const steps = new Set<Greenlet<IteratorResult<T, undefined>>>();
    let cursor: Cursor<T> | null = this.enter();
    let isEnded = false;
    return {
      // Each step in a greenlet of its own, so that one under way can be withdrawn when the iteration is ended.
      next: async () => {
        cursor ??= this.enter();
        const step: Greenlet<IteratorResult<T, undefined>> = spawn(stepOf<T>, cursor);
        steps.add(step);
        try {
          return await step;
        } catch (error) {
          if (isEnded && isA(error, GreenletExit)) return end();
          // A `for await` is over now, and says nothing of it.
          cursor?.pause();
          cursor = null;
          throw error;
        } finally {
          steps.delete(step);
        }
      },
      return: async () => {
        isEnded = true;
        for (const step of steps) step.kill();
        cursor?.leave();
        return end();
      },
    };
  }
}

const stepOf = helper(<T>(cursor: Cursor<T>): Operation<IteratorResult<T, undefined>> => cursor.next());
