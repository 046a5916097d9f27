import { type AddressInfo, createServer } from 'node:net';
import type { Operation } from '../greenlet/operation.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions } from '../hub/checks/options.ts';
import { checkPort } from './check-port.ts';
import { BACKLOG, preparePausing, takeHandle } from './listening-handle.ts';
import { ListeningSocket } from './listening-socket.ts';
import { type Attempt, Opening } from './opening.ts';
import { safeText } from './safe-text.ts';

/** A port (0 for a free one) of all or one of the host's addresses, or the path of a Unix domain socket. */
export type ListenAddress = { port: number; host?: string | undefined } | { path: string };

const NAMES = { port: 'number', host: 'string', path: 'string' } as const;

/**
 * Opens a socket that listens, for one server or several, in one process or several. It accepts nothing until a server
 * runs on it. If the operation is cancelled, it leaves no socket.
 *
 * @param port a port (0 for a free one), or an object with `port` and `host`, or `path`
 * @param host a name or address of this host; all of its addresses by default
 * @returns an operation that gives the listening socket
 * @throws Node's own error if that fails (`code`: EADDRINUSE, EACCES, EADDRNOTAVAIL, …); TypeError or RangeError at
 *   once if an argument is wrong
 *
 * @example
 * using listener = yield* listen(8000);
 * const workers = Array.from({ length: cpuCount() }, () => new Process({ target: serve, args: [listener] }).start());
 * yield* joinall(workers);
 */
export function listen(port: number, host?: string): Operation<ListeningSocket>;
export function listen(where: ListenAddress): Operation<ListeningSocket>;
export function listen(where: number | ListenAddress, host?: string): Operation<ListeningSocket> {
  if (typeof where !== 'object' || where === null) return new OpeningListener(checkedAddress({ port: where, host }));
  if (host !== undefined) throw new TypeError('listen() takes the host in the object: write listen({ port, host })');
  checkedOptions<{ port?: number; host?: string | undefined; path?: string }>(where, NAMES, 'listen()');
  return new OpeningListener(checkedAddress(where));
}

interface Address {
  port?: number | undefined;
  host?: string | undefined;
  path?: string | undefined;
}

function checkedAddress({ port, host, path }: Address): Address {
  if (path === undefined) {
    checkPort(port);
    if (host !== undefined && typeof host !== 'string') {
      throw new TypeError(`the host of listen() must be a string, not ${kindOf(host)}`);
    }
    return { port, host };
  }
  if (typeof path !== 'string') throw new TypeError(`the path of listen() must be a string, not ${kindOf(path)}`);
  if (port !== undefined || host !== undefined) throw new TypeError('listen() takes a path or a port, not both');
  return { path };
}

class OpeningListener extends Opening<ListeningSocket> {
  private readonly address: Address;

  constructor(address: Address) {
    super();
    this.address = address;
  }

  describe(): string {
    const { port, host, path } = this.address;
    return `a socket to listen at ${safeText(path ?? `${host ?? '*'}:${port}`)}`;
  }

  protected open(opened: (socket: ListeningSocket) => void, failed: (error: unknown) => void): Attempt {
    const server = createServer();
    let socket: ListeningSocket | undefined;
    let isDiscarded = false;
    preparePausing(server);
    server
      .on('error', failed)
      // Within a cluster, Node would otherwise ask the primary for a port that all workers share.
      .listen({ ...this.address, backlog: BACKLOG, exclusive: true }, () => {
        // Node listens even if the server was closed during the lookup of the host name.
        if (isDiscarded) {
          server.close();
          return;
        }
        const place = server.address() as AddressInfo | string;
        socket = new ListeningSocket(takeHandle(server), place);
        opened(socket);
      });
    return {
      discard: () => {
        isDiscarded = true;
        socket?.close();
        server.close();
      },
    };
  }
}
