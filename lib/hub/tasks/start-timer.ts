import type { RawGreenlet } from '../../greenlet/raw-greenlet.ts';
import { NEXT } from '../../greenlet/state.ts';
import { hub } from '../loop/hub.ts';
import type { Waiter, Waiting } from '../loop/wait-queue.ts';

/** Starts a greenlet after a delay. */
export class StartTimer implements Waiter {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  private readonly greenlet: RawGreenlet;

  constructor(greenlet: RawGreenlet) {
    this.greenlet = greenlet;
  }

  notify(): void {
    hub.wake(this.greenlet, NEXT, undefined);
  }
}
