/**
 * What some programs need from the process that they run in: its signals, its exit code, and what keeps it alive. These are
 * functions and not methods of `host`, so that a bundler can drop them.
 */
import { type HostEmitter, host, hostProcess } from './host.ts';

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

/** Sets the exit code, even if the process ends with an uncaught error, which would make it 1. */
export function insistOnExitCode(code: number): void {
  host.setExitCode(code);
  host.onExit(() => host.setExitCode(code));
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
