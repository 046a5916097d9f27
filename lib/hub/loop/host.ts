/**
 * Everything that the hub needs from its host: a clock, timers, microtasks and turns of the event loop. `host-process.ts` has what only
 * processes have, and `async-context.ts` what follows their `AsyncLocalStorage`. The functions are captured when this module loads. So
 * later patches of the globals (greenhub's own, the fake clocks of test runners) do not affect the hub.
 */

/** The part of Node's `process` that we use. All of it is optional, because browsers have no `process`. */
export interface HostProcess extends Partial<HostEmitter> {
  env?: Record<string, string | undefined>;
  exitCode?: number | string | null | undefined;
  on?(event: string, listener: () => void): unknown;
  off?(event: string, listener: () => void): unknown;
  emit?(event: string | symbol, ...args: unknown[]): boolean;
  getBuiltinModule?(name: string): unknown;
  getActiveResourcesInfo?(): string[];
  emitWarning?(warning: string, type: string): void;
}

export interface HostEmitter {
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string | symbol): number;
}

export const hostProcess = (globalThis as { process?: HostProcess }).process;
const { performance, setTimeout, setInterval, clearTimeout, queueMicrotask, console } = globalThis;
// Captured as well, because fake clocks replace the method on its object.
const { now } = performance;
const setImmediate = (globalThis as { setImmediate?: (fn: () => void) => unknown }).setImmediate;

/** Its `then()` costs less than `queueMicrotask()`, which creates an `AsyncResource` at each call. */
const settled = Promise.resolve();

export type HostTimer = ReturnType<typeof setTimeout>;

/** The longest delay that host timers accept. A timer with a longer delay would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

export const host = {
  /** Milliseconds since some moment in the past. Never goes backwards. */
  now: (): number => now.call(performance),

  /** A random number from 0 to 1, excluding 1. Tests replace it to make random choices repeatable. */
  random: (): number => Math.random(),

  /** Throws an uncaught error after the current job. */
  throwLater(error: unknown): void {
    queueMicrotask(() => {
      throw error;
    });
  },

  microtask: (fn: () => void): void => void settled.then(fn),

  /** Runs `fn` after the event loop has looked at timers and I/O once. */
  nextTurn(fn: () => void): void {
    if (setImmediate === undefined) setTimeout(fn, 0);
    else setImmediate(fn);
  },

  /** Runs `fn` after about `ms` milliseconds. It may be early by less than 1 ms, or by much if `ms` is over 24 days. */
  startTimer: (fn: () => void, ms: number): HostTimer =>
    setTimeout(fn, Math.min(Math.max(1, Math.ceil(ms)), LONGEST_DELAY)),

  stopTimer: (timer: HostTimer): void => clearTimeout(timer),

  /** Keeps the event loop alive, until the timer is stopped. */
  stayAlive: (): HostTimer => setInterval(() => {}, LONGEST_DELAY),

  /**
   * Whether the host reports every empty event loop. Deno and Bun do not while a module awaits at its top level, and other hosts than
   * processes never do.
   */
  tellsEmptyLoop: hostProcess?.on !== undefined && !('Deno' in globalThis || 'Bun' in globalThis),

  /** Sets the exit code to 1, unless the program has set one. */
  failExitCode(): void {
    if (hostProcess !== undefined) hostProcess.exitCode ??= 1;
  },

  /**
   * Makes a browser's console show an object as one line that expands to its fields, if custom formatters are turned on. Does
   * nothing in a process, which has `util.inspect()`.
   *
   * @param lineOf returns the line of an object, or null to show it as usual
   */
  formatInConsole(lineOf: (value: unknown) => string | null): void {
    if (hostProcess !== undefined) return;
    const browser = globalThis as { devtoolsFormatters?: unknown[] };
    browser.devtoolsFormatters ??= [];
    browser.devtoolsFormatters.push({
      header(value: unknown, config?: { raw?: boolean }) {
        const line = config?.raw === true ? null : lineOf(value);
        return line === null ? null : ['span', {}, line];
      },
      hasBody: () => true,
      body: (object: unknown) => ['object', { object, config: { raw: true } }],
    });
  },

  /** Prints on standard error. */
  report: (text: string): void => console.error(text),
};
