import type { Server } from 'node:net';

/** Node's handle of a connection that no stream owns yet. */
export interface ConnectionHandle {
  close(): void;
}

/** Node's handle of a listening socket, for which Node has no public type. */
export interface ListeningHandle {
  onconnection: ((status: number, connection?: ConnectionHandle) => void) | null;
  /** The file descriptor; negative or undefined on Windows. */
  readonly fd?: number | undefined;
  open?(fd: number): number;
  listen(backlog: number): number;
  readStart(): number;
  readStop(): number;
  ref(): void;
  unref(): void;
  close(): void;
}

/** The kernel's queue of connections, as long as Node's servers have it. */
export const BACKLOG = 511;

/**
 * Lets a server's handle be paused later. A handle accepts while its descriptor is watched, and `readStop()` ends the
 * watch of any handle that could be read from. Node calls a handle readable once it has opened a descriptor, be it its
 * own, and only before it listens.
 */
export function preparePausing(server: Server): void {
  let current: ListeningHandle | null = null;
  Object.defineProperty(server, '_handle', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (handle: ListeningHandle | null) => {
      current = handle;
      if (handle?.fd !== undefined && handle.fd >= 0) handle.open?.(handle.fd);
    },
  });
}

/** Takes the handle away from a server that listens. The server must not be used any more. */
export function takeHandle(server: Server): ListeningHandle {
  const owner = server as unknown as { _handle: ListeningHandle | null };
  const handle = owner._handle as ListeningHandle;
  owner._handle = null;
  return handle;
}
