/**
 * The interface to the process: the empty event loop, the environment, signals, the exit code, and the resources that keep the process
 * alive. These are functions and not methods of `host`, so that a bundler can drop them.
 */
import { type HostEmitter, hostProcess } from './host.ts';

export type ProcessSignal = 'SIGINT' | 'SIGTERM';

/** How many handlers of the program's own there are for each signal. */
const handlers = /* @__PURE__ */ new Map<string, number>();

/**
 * Calls `fn` for each signal.
 *
 * @returns a function that stops listening
 */
export function onSignal(signal: ProcessSignal, fn: () => void): () => void {
  hostProcess?.on?.(signal, fn);
  return () => hostProcess?.off?.(signal, fn);
}

/**
 * Notes that the program handles a signal itself.
 *
 * @returns a function that takes this back; calling it again does nothing
 */
export function handleSignal(signal: string): () => void {
  handlers.set(signal, (handlers.get(signal) ?? 0) + 1);
  let isHandled = true;
  return () => {
    if (isHandled) handlers.set(signal, (handlers.get(signal) ?? 0) - 1);
    isHandled = false;
  };
}

/** True while the program handles a signal itself. */
export function handlesSignal(signal: string): boolean {
  return (handlers.get(signal) ?? 0) > 0;
}

/**
 * Calls `fn` whenever the event loop is empty, if the host reports that. If `fn` returns true, it has found work to do. Then
 * the listeners of `beforeExit` are not called, because test runners would cancel their tests. They are called the next
 * time the loop is empty.
 */
export function onLoopEmpty(fn: () => boolean): void {
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
}

/** The value of an environment variable. */
export function env(name: string): string | undefined {
  return hostProcess?.env?.[name];
}

/** True if an environment variable is set, to anything but 0. */
export function isOn(name: string): boolean {
  return ![undefined, '', '0'].includes(env(name));
}

/** Calls `fn` when the process ends, if there is a process. */
export function onExit(fn: () => void): void {
  hostProcess?.on?.('exit', fn);
}

export function setExitCode(code: number): void {
  if (hostProcess !== undefined) hostProcess.exitCode = code;
}

/** Sets the exit code, even if the process ends with an uncaught error, which would make it 1. */
export function insistOnExitCode(code: number): void {
  setExitCode(code);
  onExit(() => setExitCode(code));
}

/** The kinds of resources that keep the event loop alive; null if the host does not report them. */
export function activity(): string[] | null {
  return hostProcess?.getActiveResourcesInfo?.() ?? null;
}

/** The host's own event emitters: the process, if there is one. */
export function emitters(): HostEmitter[] {
  return hostProcess?.listenerCount === undefined ? [] : [hostProcess as HostEmitter];
}

/** Imports a module by its URL. Bundlers that read a plain `import(url)` would warn about it. */
export async function importLater(url: string): Promise<unknown> {
  return new Function('url', 'return import(url)')(url);
}
