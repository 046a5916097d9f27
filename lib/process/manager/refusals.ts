import { host } from '../../hub/loop/host.ts';

const INTERVAL = 1_000;

/** Reports on standard error why connections were closed, once a second at most, so that nobody can fill a disk with it. */
export class Refusals {
  private last = -Infinity;
  private skipped = 0;

  report(error: unknown): void {
    const now = host.now();
    if (now - this.last < INTERVAL) {
      this.skipped += 1;
      return;
    }
    const more = this.skipped === 0 ? '' : ` (and ${this.skipped} more since the last report)`;
    this.last = now;
    this.skipped = 0;
    host.report(`greenhub: a Manager has closed a connection${more}: ${String(error)}`);
  }
}
