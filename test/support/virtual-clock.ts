import { setImmediate } from 'node:timers';
import { getHub } from '../../lib/index.ts';
import { VirtualClock } from '../../lib/testing/index.ts';

/** Runs a test body on virtual time that starts at 0. A timer that is left at its end fails the test. */
export async function onVirtualTime(body: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const hub = getHub();
  // These tests wait only for the hub, so no patience is needed.
  const clock = VirtualClock.install({ patience: 0 });
  const { switchInterval } = hub;
  // The speed of the machine must not decide the order of greenlets.
  hub.switchInterval = Infinity;
  let left = 0;
  try {
    await body(clock);
    left = hub.timers.size;
  } finally {
    await runOff();
    clock.uninstall();
    hub.switchInterval = switchInterval;
  }
  if (left > 0) throw new Error(`left over: ${left} timers`);
}

/** Lets all timers fire, so that a failed test does not fail later tests. */
async function runOff(): Promise<void> {
  const hub = getHub();
  for (let turns = 0; hub.timers.size > 0 && turns < 10_000; turns += 1) {
    hub.schedule();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
