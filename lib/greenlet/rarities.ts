import type { Call } from './call.ts';
import type { AsyncContext } from './context.ts';
import type { RawGreenlet } from './raw-greenlet.ts';
import type { Switch } from './switch.ts';
import type { Wait } from './wait.ts';

/** Runs a greenlet as one of several branches, on behalf of another greenlet. */
export interface Branching {
  readonly owner: RawGreenlet;
  /** The branches that have not ended. */
  alive(): Iterable<RawGreenlet>;
  /** The name of a branch in messages. */
  nameOf(branch: RawGreenlet): string;
  /** Called when the branch would become ready, with the wait that has ended. False holds the branch back for later. */
  admit(branch: RawGreenlet, waited: Wait | null): boolean;
  /** True while the branch must not be given anything, because another branch has its turn. */
  isAside(branch: RawGreenlet): boolean;
  /** Called when the wait of such a branch is first in its line. Returns whether it has left the line. */
  setAside(branch: RawGreenlet, wait: Wait): boolean;
}

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
