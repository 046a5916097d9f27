import { GreenletExit, isA } from '../../greenlet/errors.ts';
import type { Operation } from '../../greenlet/operation.ts';
import { line, Shown, TEXT } from '../../greenlet/shown.ts';
import { checkedFunction } from '../checks/checks.ts';
import type { Greenlet } from './greenlet.ts';
import { helper } from './helper.ts';
import { spawn } from './spawn.ts';

/** The position of one consumer in an iteration that several may share. */
export interface Cursor<T> {
  next(): Operation<IteratorResult<T, undefined>>;
  /** The consumer stops early. The iteration ends if it has no other consumer. */
  leave(): void;
  /** The consumer may have stopped without saying so. If it continues, it enters anew. The iteration does not end. */
  pause(): void;
}

/** An iteration that keeps a cursor for each consumer. */
export interface Shared<T> {
  enter(): Cursor<T>;
}

/**
 * A sequence of values. Each step may block. In a greenlet, write `yield* forEach(iteration, function* (item) { … })`; outside
 * greenlets, write `for await (const item of iteration)`.
 */
export class Iteration<T> extends Shown implements AsyncIterable<T> {
  private readonly advance: () => Operation<IteratorResult<T, undefined>>;
  private readonly close: () => void;
  private readonly shared: Shared<T> | null;
  private readonly what: string | null;

  /**
   * @param advance returns the operation for the next step
   * @param close called when the consumer stops early
   */
  constructor(advance: () => Operation<IteratorResult<T, undefined>>, close?: () => void);
  /**
   * @internal
   *
   * @param shared returns a cursor for each `forEach()` and `for await`, so that one consumer does not end the iteration for all
   * @param what the call that created the iteration, for messages
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

  /** Returns an operation for the next step: `{ done: false, value }`, or `{ done: true }` at the end. */
  next(): Operation<IteratorResult<T, undefined>> {
    return this.advance();
  }

  /** Ends the iteration and cancels the work that it has started. */
  return(): void {
    this.close();
  }

  /** @internal Returns a cursor for a new consumer. */
  enter(): Cursor<T> {
    return this.shared?.enter() ?? { next: () => this.advance(), leave: () => this.close(), pause() {} };
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const end = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });
    const steps = new Set<Greenlet<IteratorResult<T, undefined>>>();
    let cursor: Cursor<T> | null = this.enter();
    let isEnded = false;
    return {
      // Each step runs in a greenlet of its own, so that it can be killed when the iteration is ended.
      next: async () => {
        if (isEnded) return end();
        cursor ??= this.enter();
        const step: Greenlet<IteratorResult<T, undefined>> = spawn(stepOf<T>, cursor);
        steps.add(step);
        try {
          return await step;
        } catch (error) {
          if (isEnded && isA(error, GreenletExit)) return end();
          // If this is a `for await`, it is over now, but it does not call return().
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

const stepOf = /* @__PURE__ */ helper(<T>(cursor: Cursor<T>): Operation<IteratorResult<T, undefined>> => cursor.next());
