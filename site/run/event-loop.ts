/**
 * Knows when the event loop of a worker is empty. A browser does not tell it, so this counts the timers that will fire. It has to be
 * called before greenhub loads, which keeps the functions that it finds.
 */
type Callback = (...args: unknown[]) => void;
type Timer = ReturnType<typeof setTimeout>;

/** The timers, which a worker and a page both have. */
const scope = globalThis as unknown as {
  setTimeout: (fn: Callback, ms?: number, ...args: unknown[]) => Timer;
  clearTimeout: (timer?: Timer) => void;
  setInterval: (fn: Callback, ms?: number, ...args: unknown[]) => Timer;
  clearInterval: (timer?: Timer) => void;
};

/** Counts timers from now on. Returns a function that tells whether none is left. */
export function watchEventLoop(): () => boolean {
  const { setTimeout, clearTimeout, setInterval } = scope;
  const timers = new Set<Timer | undefined>();
  scope.setTimeout = (fn, ms, ...args) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      fn(...args);
    }, ms);
    timers.add(timer);
    return timer;
  };
  scope.setInterval = (fn, ms, ...args) => {
    const timer = setInterval(fn, ms, ...args);
    timers.add(timer);
    return timer;
  };
  scope.clearTimeout = (timer) => {
    timers.delete(timer);
    clearTimeout(timer);
  };
  // In a browser, both end timers of both kinds.
  scope.clearInterval = scope.clearTimeout;
  return () => timers.size === 0;
}
