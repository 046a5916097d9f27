import { getHub } from '../../lib/index.ts';

/**
 * Runs `body` with another `switchInterval`. With Infinity every drain goes on until nothing is ready, however slow the machine is.
 * With 0 it resumes one greenlet or two.
 */
export async function withSwitchInterval(ms: number, body: () => Promise<void>): Promise<void> {
  const hub = getHub();
  const { switchInterval } = hub;
  hub.switchInterval = ms;
  try {
    await body();
  } finally {
    hub.switchInterval = switchInterval;
  }
}
