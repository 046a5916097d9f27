import type { Branching } from './branching.ts';
import type { Call } from './call.ts';
import type { AsyncContext } from './context.ts';
import type { Switch } from './switch.ts';

/** An order to raise `error` below the frame of `floor`, or to end the greenlet if `floor` is null. */
export interface Unwinding {
  readonly error: unknown;
  readonly floor: Call<unknown> | null;
}

/** An unwinding in progress, and the call (null for the body) whose frame it has reached. */
export interface Unwound {
  readonly unwinding: Unwinding;
  readonly call: Call<unknown> | null;
}

/** A greenlet that has failed, and whose failure a wait has claimed. */
export interface Claimed {
  readonly exception: unknown;
  /** Gives the claim up. */
  disclaim(): void;
}

/** The fields that few greenlets need. It is created on demand, because memory is most of the cost of a spawn. */
export class Rarities {
  /** Its asynchronous context, if the program uses any. */
  context: AsyncContext | null = null;
  /** The innermost cancel scope it is in. */
  scope: object | null = null;
  /** The error that is raised at its next suspension. */
  pending: Unwinding | null = null;
  /** The innermost running `call()`. */
  calls: Call<unknown> | null = null;
  unwound: Unwound | null = null;
  branching: Branching | null = null;
  /** If it is a branch: the greenlet whose failure it has claimed last. */
  claimed: Claimed | null = null;
  /** If it is a branch that waits in a line: its number in the order in which branches have joined lines. */
  ticket = 0;
  /** The switch to it that sends nothing. It is reused. */
  plainSwitch: Switch | null = null;
  /** Its values of each `Local`. */
  locals: WeakMap<object, object> | null = null;

  /** Drops what a dead greenlet no longer needs. */
  forget(): void {
    this.context = null;
    this.scope = null;
    this.pending = null;
    this.locals = null;
  }
}
