import { GreenletExit } from '../greenlet/errors.ts';
import type { Linked } from '../hub/loop/linked-list.ts';
import type { Waiter, Waiting } from '../hub/loop/wait-queue.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';

/** One job of a server (a connection or a request) and the greenlet that does it. Neither outlives the other. */
export abstract class Job implements Waiter, Linked {
  queue: Waiting | null;
  before: Waiter | null;
  after: Waiter | null;
  /** Its neighbours among the jobs of its server. */
  previous: Linked | null;
  next: Linked | null;
  readonly greenlet: Greenlet;

  /** @param greenlet a greenlet that was just spawned */
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

  /** @internal Called when the greenlet has ended. It may not have run at all. */
  abstract notify(): void;

  /** Kills the greenlet, with a reason. */
  hangUp(because: string): void {
    this.greenlet.kill({ reason: new GreenletExit(because) });
  }

  /** Called when the server stops. A job that still waits for the pool is not served; any other may finish. */
  stopping(because: string): void {
    if (this.inLine) this.hangUp(because);
  }
}
