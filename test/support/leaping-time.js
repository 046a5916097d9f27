// Preloaded by programs whose time limits are to end when the test says so, and not before: the test gives a limit of
// LEAP and sends SIGUSR2, and the program's time leaps so far ahead. A slow machine then cannot end a limit too early.

import { getHub } from 'greenhub';

/** In milliseconds. */
const LEAP = 600_000;

/** @type {{ fn: () => void, timer: NodeJS.Timeout } | null} */
let armed = null;
let ahead = 0;

getHub().useClock({
  now: () => performance.now() + ahead,
  arm(ms, fn) {
    this.disarm();
    const fire = () => {
      armed = null;
      fn();
    };
    // Node's timers end at the latest after 2 ** 31 - 1 ms; the hub looks at the time then, and arms again.
    armed = { fn: fire, timer: setTimeout(fire, Math.min(Math.ceil(ms), 2 ** 31 - 1)) };
  },
  disarm() {
    clearTimeout(armed?.timer);
    armed = null;
  },
});

process.on('SIGUSR2', () => leapAfter(50));

/** What has arrived by now comes first: the event loop deals with that in so many turns. @param {number} turns */
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
