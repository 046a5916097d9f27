import { setImmediate } from 'node:timers';
import type { Clock } from '../../lib/hub/timers.ts';
import { getHub } from '../../lib/index.ts';

/** Time that jumps to the next deadline as soon as nothing is ready to run: no test has to wait for it. */
export class VirtualClock implements Clock {
  private time = 0;
  private armed: { at: number; fn: () => void } | null = null;

  now(): number {
    return this.time;
  }

  arm(ms: number, fn: () => void): void {
    const armed = { at: this.time + ms, fn };
    this.armed = armed;
    setImmediate(() => {
      if (this.armed !== armed) return;
      this.armed = null;
      this.time = armed.at;
      fn();
    });
  }

  disarm(): void {
    this.armed = null;
  }
}

/** Runs a test body on virtual time that starts at 0. */
export async function onVirtualTime(body: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const hub = getHub();
  const clock = new VirtualClock();
  const previous = hub.useClock(clock);
  try {
    await body(clock);
  } finally {
    hub.useClock(previous);
  }
}
