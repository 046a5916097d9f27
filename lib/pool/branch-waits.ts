import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import type { Wait } from '../greenlet/wait.ts';
import { Suspension } from '../hub/parking/suspension.ts';
import { TakingSuspension } from '../hub/parking/taking.ts';
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

  get hasHolders(): boolean {
    return this.branches.hasHolders;
  }

  get isCommitted(): boolean {
    return this.branches.isCommitted;
  }

  wake(): void {
    this.complete();
  }

  /** Called when the owner is cancelled. From now on, no branch may take anything. */
  override abort(): void {
    this.branches.standAside();
  }

  /** @internal Its place is with its branches, some of which have left their lines. */
  setAside(): unknown {
    return this;
  }

  /** @internal */
  retry(): boolean {
    return this.branches.retryAside();
  }

  /** @internal */
  standAgain(): void {
    this.branches.standAgain();
  }

  protected override attempt(): boolean {
    return this.branches.hasNews();
  }

  protected park(): void {}

  protected override complete(): void {
    super.complete(undefined);
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

  override blockers(): Iterable<RawGreenlet> {
    return this.branches.alive();
  }

  get isCommitted(): boolean {
    return this.branches.isCommitted;
  }

  wake(): void {
    this.complete();
  }

  protected override attempt(): boolean {
    return !this.branches.hasLosers;
  }

  protected park(): void {}

  protected override complete(): void {
    super.complete(undefined);
  }
}

/** True if the end of this wait may have taken something. */
export function mayHold(wait: Wait | null): boolean {
  if (wait instanceof BranchWait) return wait.hasHolders;
  return wait instanceof LosersWait ? wait.isCommitted : wait instanceof TakingSuspension && wait.holds;
}

/** True if the waiter, or a branch of it, already holds something and ends with that. */
export function isCommitted(wait: Wait | null): boolean {
  return (wait instanceof BranchWait || wait instanceof LosersWait) && wait.isCommitted;
}
