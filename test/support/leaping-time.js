// Preloaded by programs whose timeouts must pass when the test says so, and not before. The test sets a timeout of LEAP
// and sends SIGUSR2, and the program's time leaps ahead. So a slow machine cannot end a timeout too early.

import { getHub } from 'greenhub';

/** In milliseconds. */
const LEAP = 600_000;

/** @type {{ fn: () => void, timer: NodeJS.Timeout } | null} */
let armed = null;
let ahead = 0;

getHub().timers.clock = {
  now: () => performance.now() + ahead,
  arm(ms, fn) {
    this.disarm();
    const fire = () => {
      armed = null;
      fn();
    };
    // Node's timers fire after 2 ** 31 - 1 ms at the latest. The hub then reads the time and arms the timer again.
    armed = { fn: fire, timer: setTimeout(fire, Math.min(Math.ceil(ms), 2 ** 31 - 1)) };
  },
  disarm() {
    clearTimeout(armed?.timer);
    armed = null;
  },
};

process.on('SIGUSR2', () => leapAfter(50));

/** Handles everything that has arrived first, which takes this many turns of the event loop. @param {number} turns */
function leapAfter(turns) {
  if (turns > 0) {
    setImmediate(leapAfter, turns - 1);
    return;
  }
  ahead += LEAP;
  const { fn, timer } = armed ?? {};
  clearTimeout(timer);
  fn?.();
}
