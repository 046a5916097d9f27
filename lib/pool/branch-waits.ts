import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { Wait } from '../greenlet/wait.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import type { Branches } from './branches.ts';

/** The owner's wait for a branch that is due or has ended. */
export class BranchWait extends Suspension<void> {
  private readonly branches: Branches;

  constructor(branches: Branches) {
    super();
    this.branches = branches;
  }

  describe(): string {
    const { what, bodies } = this.branches.plan;
    return `${what} of ${bodies.length}`;
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.branches.alive();
  }

  override get mayHold(): boolean {
    return this.branches.hasHolders;
  }

  get isCommitted(): boolean {
    return this.branches.isCommitted;
  }

  wake(): void {
    this.complete();
  }

  /** Called when the owner is cancelled. From now on, no branch may take anything. */
  protected override unregister(): void {
    this.branches.standAside();
  }

  protected override tryNow(): boolean {
    return this.branches.hasNews();
  }
}

/** The owner's wait after the decision, for the losers to end. */
export class LosersWait extends Suspension<void> {
  private readonly branches: Branches;

  constructor(branches: Branches) {
    super();
    this.branches = branches;
  }

  describe(): string {
    const { plan, size } = this.branches;
    return `the losers of ${plan.what} of ${size} to end`;
  }

  override get mayHold(): boolean {
    return this.isCommitted;
  }

  override blockers(): Iterable<RawGreenlet> {
    return this.branches.alive();
  }

  get isCommitted(): boolean {
    return this.branches.isCommitted;
  }

  wake(): void {
    this.complete();
  }

  protected override tryNow(): boolean {
    return !this.branches.hasLosers;
  }
}

/** True if the waiter, or a branch of it, already holds something and ends with that. */
export function isCommitted(wait: Wait | null): boolean {
  return (wait instanceof BranchWait || wait instanceof LosersWait) && wait.isCommitted;
}
