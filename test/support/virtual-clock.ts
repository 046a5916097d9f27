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

/** Runs a test body on virtual time that starts at 0. A timer that is left over at its end fails the test. */
export async function onVirtualTime(body: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const hub = getHub();
  const clock = new VirtualClock();
  const previous = hub.useClock(clock);
  let left = 0;
  try {
    await body(clock);
    left = hub.timers.size;
  } finally {
    await runOff();
    hub.useClock(previous);
  }
  if (left > 0) throw new Error(`left over: ${left} timers`);
}

/** Lets the time of all timers come, so that a test which failed does not fail the tests after it. */
async function runOff(): Promise<void> {
  const hub = getHub();
  for (let turns = 0; hub.timers.size > 0 && turns < 10_000; turns += 1) {
    hub.schedule();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
