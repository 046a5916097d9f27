/**
 * Everything that the hub needs from its host: a clock, timers, microtasks, turns of the event loop, and, in a process, its
 * exit and its asynchronous contexts. `host-process.ts` has what only some programs need. The functions are captured when this module loads. So later patches of the
 * globals (greenhub's own, the fake clocks of test runners) do not affect the hub.
 */
import type { AsyncContext } from '../../greenlet/context.ts';

/** The part of Node's `process` that we use. All of it is optional, because browsers have no `process`. */
export interface HostProcess extends Partial<HostEmitter> {
  env?: Record<string, string | undefined>;
  exitCode?: number | string | null | undefined;
  on?(event: string, listener: () => void): unknown;
  off?(event: string, listener: () => void): unknown;
  emit?(event: string | symbol, ...args: unknown[]): boolean;
  getBuiltinModule?(name: string): unknown;
  getActiveResourcesInfo?(): string[];
  nextTick?(fn: () => void): void;
  emitWarning?(warning: string, type: string): void;
}

export interface HostEmitter {
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string | symbol): number;
}

interface AsyncHooks {
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => AsyncContext;
  AsyncLocalStorage: { prototype: object };
}

export const hostProcess = (globalThis as { process?: HostProcess }).process;
const { performance, setTimeout, setInterval, clearTimeout, queueMicrotask, console } = globalThis;
// Captured as well, because fake clocks replace the method on its object.
const { now } = performance;
const nextTick = hostProcess?.nextTick;
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

  /** Runs `fn` after the present callback of the host, before all microtasks. */
  nextTick(fn: () => void): void {
    if (nextTick === undefined) queueMicrotask(fn);
    else nextTick(fn);
  },

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

  /**
   * Calls `fn` whenever the event loop is empty, if the host reports that. If `fn` returns true, it has found work to do. Then
   * the listeners of `beforeExit` are not called, because test runners would cancel their tests. They are called the next
   * time the loop is empty.
   */
  onLoopEmpty(fn: () => boolean): void {
    if (hostProcess?.on === undefined) return;
    let asked = false;
    const { emit } = hostProcess;
    if (emit !== undefined) {
      const ours = {
        emit(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
          if (event !== 'beforeExit') return emit.call(this, event, ...args);
          if (fn()) return true;
          asked = true;
          return emit.call(this, event, ...args);
        },
      };
      Object.defineProperty(hostProcess, 'emit', { value: ours.emit, writable: true, configurable: true });
    }
    // A host may notify its listeners without `emit()`.
    hostProcess.on('beforeExit', () => {
      if (!asked) fn();
      asked = false;
    });
  },

  setExitCode(code: number): void {
    if (hostProcess !== undefined) hostProcess.exitCode = code;
  },

  /** Sets the exit code to 1, unless the program has set one. */
  failExitCode(): void {
    if (hostProcess !== undefined) hostProcess.exitCode ??= 1;
  },

  /** True if an environment variable is set, to anything but 0. */
  isOn: (name: string): boolean => ![undefined, '', '0'].includes(hostProcess?.env?.[name]),

  env: (name: string): string | undefined => hostProcess?.env?.[name],

  /** Calls `fn` when the process ends, if there is a process. */
  onExit(fn: () => void): void {
    hostProcess?.on?.('exit', fn);
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

  /**
   * Calls `follow` when the program first stores a value in an `AsyncLocalStorage`. The methods that store values are
   * replaced by wrappers that restore the originals at their first call. So a program that uses no storage pays nothing, and
   * a program that does pays once.
   *
   * @param follow receives the empty context and a function that captures the present one
   */
  onFirstAsyncContext(follow: (root: AsyncContext, capture: () => AsyncContext) => void): void {
    const hooks = hostProcess?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined;
    if (hooks === undefined) return;
    const { AsyncResource } = hooks;
    const prototype = hooks.AsyncLocalStorage.prototype as Record<string, unknown>;
    const capture = (): AsyncContext => new AsyncResource('Greenlet', { requireManualDestroy: true });
    const root = capture();
    const originals = new Map<string, PropertyDescriptor>();
    const restore = (): void => {
      for (const [name, original] of originals) Object.defineProperty(prototype, name, original);
    };
    for (const name of ['run', 'enterWith', 'withScope']) {
      const original = Object.getOwnPropertyDescriptor(prototype, name);
      if (original === undefined) continue;
      originals.set(name, original);
      const method = original.value as (...args: unknown[]) => unknown;
      const tripwire = function (this: unknown, ...args: unknown[]): unknown {
        restore();
        follow(root, capture);
        return method.apply(this, args);
      };
      Object.defineProperties(tripwire, { name: { value: name }, length: { value: method.length } });
      Object.defineProperty(prototype, name, { ...original, value: tripwire });
    }
  },
};
