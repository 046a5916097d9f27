import type { RawGreenlet } from './raw-greenlet.ts';
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
  /** Called when such a branch would have been given something. Its wait has left the line instead. */
  setAside(branch: RawGreenlet, aside: Aside): void;
  /**
   * Calls `listener` once, right before the owner continues with the result. Does nothing if the owner collects the results of all
   * branches.
   *
   * @returns false if it does nothing
   */
  onReturn(listener: () => void): boolean;
  /** Takes a listener back. Returns false if it was called. */
  offReturn(listener: () => void): boolean;
}

/** A wait that stands aside and has left its line. */
export interface Aside {
  readonly wait: Wait & { readonly queue: object | null };
  /** Takes what is available now. Returns whether that ends the wait. */
  tryAgain(): boolean;
  /** Returns to its place in line. */
  standAgain(): void;
}
