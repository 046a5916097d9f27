import { GreenletExit } from '../greenlet/errors.ts';
import type { Linked } from '../hub/loop/linked-list.ts';
import type { Waiter, Waiting } from '../hub/loop/wait-queue.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';

/** One job of a server (a connection, a request), and the greenlet that does it: neither outlives the other. */
export abstract class Job implements Waiter, Linked {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  /** Its neighbours among the jobs of its server. */
  previous: Linked | null;
  next: Linked | null;
  readonly greenlet: Greenlet;

  /** @param greenlet which was spawned just now */
  constructor(greenlet: Greenlet) {
    this.queue = null;
    this.before = null;
    this.after = null;
    this.previous = null;
    this.next = null;
    this.greenlet = greenlet;
    greenlet.watch(this);
  }

  /** True until the pool has a slot for it. */
  get inLine(): boolean {
    return !this.greenlet.started;
  }

  /** @internal The greenlet has ended, in whatever way: it may not have run at all. */
  abstract notify(): void;

  /** Ends it, because of what is said. */
  hangUp(because: string): void {
    this.greenlet.kill({ reason: new GreenletExit(because) });
  }

  /** The server is stopped: who stands in line is not served any more, and others may finish. */
  stopping(because: string): void {
    if (this.inLine) this.hangUp(because);
  }
}
