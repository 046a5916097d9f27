import { createConnection, type IpcNetConnectOpts, type Socket as Stream, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as openTls } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import type { TimeoutOption } from '../hub/checks.ts';
import { Timeout } from '../hub/timeout.ts';
import { type Attempt, Opening } from './opening.ts';
import { Socket } from './socket.ts';

/** What a socket decides itself. */
type Decided = 'allowHalfOpen' | 'onread' | 'timeout';

/** Where to connect to: a port of a host, or the path of a Unix domain socket; with Node's own options for it. */
export type ConnectOptions = Omit<TcpNetConnectOpts, Decided> | Omit<IpcNetConnectOpts, Decided>;

/** The same for TLS, with Node's own options: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`, … */
export type ConnectTlsOptions = Omit<ConnectionOptions, Decided>;

/**
 * Connects. Cancelled, it gives the attempt up, and no socket is left.
 *
 * @param port a port, or an object with `port` and `host`, or `path`, and Node's options for `net.connect()`
 * @param host the host's name or address; `localhost` unless given
 * @param options `timeout` in milliseconds, for looking up the name and connecting
 * @returns an operation for the connected socket
 * @throws Node's own error when that fails (`code`: ECONNREFUSED, ENOTFOUND, EHOSTUNREACH, …; an AggregateError where a name
 *   has several addresses and none answers); Timeout when it takes too long
 *
 * @example
 * using socket = yield* connect(6379, '127.0.0.1', { timeout: 2_000 });
 * yield* socket.sendall('PING\r\n');
 * console.log(yield* socket.readLine());
 */
export function connect(port: number, host?: string, options?: TimeoutOption): Operation<Socket>;
export function connect(where: ConnectOptions, options?: TimeoutOption): Operation<Socket>;
export function connect(
  where: number | ConnectOptions,
  host?: string | TimeoutOption,
  options?: TimeoutOption,
): Operation<Socket> {
  const extras = typeof host === 'object' ? host : options;
  const given: object =
    typeof where === 'number' ? { port: where, host: typeof host === 'string' ? host : 'localhost' } : where;
  const settings = { ...given, allowHalfOpen: true } as TcpNetConnectOpts;
  return new Connecting(() => createConnection(settings), 'connect', settings, extras);
}

/**
 * Connects, and makes the connection a TLS one.
 *
 * @param where an object with `port` and `host`, and Node's options for `tls.connect()`
 * @param options `timeout` in milliseconds, for all of it
 * @returns an operation for the socket, whose peer's certificate has been checked
 * @throws as `connect()` does, and Node's error when the handshake fails or the certificate is none that is trusted
 *   (`code`: ERR_TLS_CERT_ALTNAME_INVALID, DEPTH_ZERO_SELF_SIGNED_CERT, CERT_HAS_EXPIRED, …)
 *
 * @example
 * using socket = yield* connectTls({ host: 'example.com', port: 443 }, { timeout: 5_000 });
 */
export function connectTls(where: ConnectTlsOptions, options?: TimeoutOption): Operation<Socket> {
  // Node takes `allowHalfOpen` here as well; only its types do not say so.
  const settings = { ...where, allowHalfOpen: true } as ConnectionOptions;
  return new Connecting(() => openTls(settings), 'secureConnect', settings, options);
}

class Connecting extends Opening<Socket> {
  private readonly begin: () => Stream;
  private readonly event: 'connect' | 'secureConnect';
  private readonly where: string;

  constructor(
    begin: () => Stream,
    event: 'connect' | 'secureConnect',
    where: { host?: string | undefined; port?: number | undefined; path?: string | undefined },
    options: TimeoutOption | undefined,
  ) {
    super(options);
    this.begin = begin;
    this.event = event;
    this.where = where.path ?? `${where.host ?? 'localhost'}:${where.port}`;
  }

  describe(): string {
    return `a connection to ${this.where}`;
  }

  protected open(opened: (socket: Socket) => void, failed: (error: unknown) => void): Attempt {
    const stream = this.begin();
    const closed = (): void => failed(new Error(`${this.describe()} was closed before it was made`));
    stream
      .on('error', failed)
      .once('close', closed)
      .once(this.event, () => {
        const socket = new Socket(stream);
        stream.off('error', failed).off('close', closed);
        opened(socket);
      });
    return { discard: () => stream.destroy() };
  }

  protected timedOut(timeout: number): Socket {
    throw new Timeout(timeout, `${this.describe()} was not made within ${timeout} ms`);
  }
}
