/**
 * All that the core asks of its host, in one place: a clock, a timer, a microtask, a turn of the event loop, and,
 * where there is a process, its exit, its signals and its asynchronous contexts. The functions are taken when this
 * module loads, so that later patches of the globals (greenhub's own, the fake clocks of test runners) do not reach the hub.
 */
import type { AsyncContext } from '../../greenlet/context.ts';

/** The part of Node's `process` that is used, all of it optional: browsers have none. */
interface HostProcess extends Partial<HostEmitter> {
  env?: Record<string, string | undefined>;
  exitCode?: number | string | null | undefined;
  on?(event: string, listener: () => void): unknown;
  off?(event: string, listener: () => void): unknown;
  emit?(event: string | symbol, ...args: unknown[]): boolean;
  getBuiltinModule?(name: string): unknown;
  getActiveResourcesInfo?(): string[];
}

interface HostEmitter {
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string | symbol): number;
}

interface AsyncHooks {
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => AsyncContext;
  AsyncLocalStorage: { prototype: object };
}

const hostProcess = (globalThis as { process?: HostProcess }).process;
const { performance, setTimeout, clearTimeout, queueMicrotask, console } = globalThis;
// Taken off its object as well: fake clocks replace the method there.
const { now } = performance;
const setImmediate = (globalThis as { setImmediate?: (fn: () => void) => unknown }).setImmediate;

/** Its `then()` costs less than `queueMicrotask()`, which makes an `AsyncResource` at each call. */
const settled = Promise.resolve();

export type HostTimer = ReturnType<typeof setTimeout>;
export type ProcessSignal = 'SIGINT' | 'SIGTERM';

/** The longest delay that host timers take; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** How many handlers of its own the program has for a signal. */
const handlers = new Map<string, number>();

export const host = {
  /** Milliseconds since some moment in the past; never goes back. */
  now: (): number => now.call(performance),

  /** A number from 0 to 1, 1 excluded. Replaced where chance is to be repeatable. */
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

  /** Runs `fn` after about `ms`; it may be early by less than a millisecond, or by much where `ms` is over 24 days. */
  startTimer: (fn: () => void, ms: number): HostTimer =>
    setTimeout(fn, Math.min(Math.max(1, Math.ceil(ms)), LONGEST_DELAY)),

  stopTimer: (timer: HostTimer): void => clearTimeout(timer),

  /**
   * Calls `fn` whenever the event loop has run empty, if the host can tell. If `fn` returns true, it has found something to
   * do. Then no listener of `beforeExit` is called, because test runners would cancel their tests. They are called when the
   * loop runs empty the next time.
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

  onSignal(signal: ProcessSignal, fn: () => void): () => void {
    hostProcess?.on?.(signal, fn);
    return () => hostProcess?.off?.(signal, fn);
  },

  /** Tells that the program handles a signal itself; gives what takes that back, which may be called again. */
  handleSignal(signal: string): () => void {
    handlers.set(signal, (handlers.get(signal) ?? 0) + 1);
    let isHandled = true;
    return () => {
      if (isHandled) handlers.set(signal, (handlers.get(signal) ?? 0) - 1);
      isHandled = false;
    };
  },

  /** True while the program handles a signal itself. */
  handlesSignal: (signal: string): boolean => (handlers.get(signal) ?? 0) > 0,

  setExitCode(code: number): void {
    if (hostProcess !== undefined) hostProcess.exitCode = code;
  },

  /** Sets the exit code to 1, unless the program has set one. */
  failExitCode(): void {
    if (hostProcess !== undefined) hostProcess.exitCode ??= 1;
  },

  /** Sets the exit code even where the process ends of an uncaught error, which would make it 1. */
  insistOnExitCode(code: number): void {
    host.setExitCode(code);
    host.onExit(() => host.setExitCode(code));
  },

  env: (name: string): string | undefined => hostProcess?.env?.[name],

  /** What keeps the event loop at work, by kinds, where the host tells; null elsewhere. */
  activity: (): string[] | null => hostProcess?.getActiveResourcesInfo?.() ?? null,

  /** The host's own event emitters: where there is a process, the process. */
  emitters: (): HostEmitter[] => (hostProcess?.listenerCount === undefined ? [] : [hostProcess as HostEmitter]),

  /** Calls `fn` when the process ends, where there is one. */
  onExit(fn: () => void): void {
    hostProcess?.on?.('exit', fn);
  },

  /**
   * Makes a browser's console show objects as one line that expands to the fields, if its custom formatters are turned on.
   * Other hosts have `util.inspect()` or the like.
   *
   * @param lineOf gives the line of an object, or null to show it as usual
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
   * Calls `follow` when the program first puts something into an `AsyncLocalStorage`, and never before: the methods
   * that can do so are replaced by ones that put the originals back at their first call. A program that uses no
   * storage pays nothing, and one that does pays once.
   *
   * @param follow gets the empty context and a function that captures the present one
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
