import { wasRaised } from '../hub/cancellation/cancellation.ts';
import type { Waiter, Waiting } from '../hub/loop/wait-queue.ts';
import type { Body } from '../hub/parking/body.ts';
import type { ErrorTaker } from '../hub/tasks/end-waiters.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import type { Branches } from './branches.ts';

/** How a branch ended. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly index: number; readonly value: T }
  | { readonly ok: false; readonly index: number; readonly error: unknown };

/** One body of a combinator, in its own greenlet. */
export class Branch implements ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly index: number;
  readonly greenlet: Greenlet;
  private readonly branches: Branches;

  constructor(branches: Branches, index: number, body: Body<unknown>) {
    this.branches = branches;
    this.index = index;
    this.greenlet = new Greenlet(typeof body === 'function' ? body : () => body);
    this.greenlet.rare.branching = branches;
    this.greenlet.watch(this);
  }

  /** Its errors go to the combinator, except those of a cancelled branch, which are reported. */
  get takesErrors(): boolean {
    return !wasRaised(this.greenlet);
  }

  settlement(): Outcome {
    const { greenlet, index } = this;
    return greenlet.successful()
      ? { ok: true, index, value: greenlet.value }
      : { ok: false, index, error: greenlet.exception };
  }

  notify(): void {
    const { branches } = this;
    branches.hasEnded(this);
    if (branches.isOver) this.disclaim();
  }

  /** Nobody receives its outcome. If that is the failure of another greenlet, the failure counts as not taken. */
  disclaim(): void {
    const { claimed } = this.greenlet.rare;
    if (claimed !== null && claimed.exception === this.greenlet.exception) claimed.disclaim();
  }
}
