import { createConnection, type IpcNetConnectOpts, type Socket as Stream, type TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { deadlineOf } from '../hub/parking/deadline.ts';
import { optionsAfter } from './datagram.ts';
import { isTlsSocket, tls } from './nodes-modules.ts';
import { type Attempt, Opening } from './opening.ts';
import { safeText } from './safe-text.ts';
import { Socket } from './socket.ts';
import { transportOf } from './transport.ts';

/** Options that greenhub sets itself. */
type Decided = 'allowHalfOpen' | 'onread' | 'timeout';

/** Where to connect to: a port of a host, or the path of a Unix domain socket, with Node's options for it. */
export type ConnectOptions = Omit<TcpNetConnectOpts, Decided> | Omit<IpcNetConnectOpts, Decided>;

/** The same for TLS, with Node's options: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`, … */
export type ConnectTlsOptions = Omit<ConnectionOptions, Decided>;

/**
 * Connects to a server. If the operation is cancelled, it ends the attempt and leaves no socket.
 *
 * @param port a port, or an object with `port` and `host`, or `path`, and Node's options for `net.connect()`
 * @param host the host's name or address; `localhost` by default
 * @param options `timeout` in milliseconds, for the name lookup and the connection
 * @returns an operation that gives the connected socket
 * @throws Node's own error if that fails (`code`: ECONNREFUSED, ENOTFOUND, EHOSTUNREACH, …; an AggregateError if the
 *   name has several addresses and none answers); Timeout if the timeout passes first
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
  const extras = checkedOptions(optionsAfter(where, host, options), TIMEOUT, 'connect()');
  const given: object =
    typeof where === 'number' ? { port: where, host: typeof host === 'string' ? host : 'localhost' } : where;
  const settings = { ...given, allowHalfOpen: true } as TcpNetConnectOpts;
  return new Connecting(() => createConnection(withOwnSignal(settings)), connectionTo(settings), socketOver, extras);
}

/**
 * Connects to a server over TLS.
 *
 * @param where an object with `port` and `host`, and Node's options for `tls.connect()`
 * @param options `timeout` in milliseconds, for the lookup, the connection and the handshake together
 * @returns an operation that gives the socket, after the peer's certificate has been verified
 * @throws the errors of `connect()`; Node's error if the handshake fails or the certificate is not trusted (`code`:
 *   ERR_TLS_CERT_ALTNAME_INVALID, DEPTH_ZERO_SELF_SIGNED_CERT, CERT_HAS_EXPIRED, …)
 *
 * @example
 * using socket = yield* connectTls({ host: 'example.com', port: 443 }, { timeout: 5_000 });
 */
export function connectTls(where: ConnectTlsOptions, options?: TimeoutOption): Operation<Socket> {
  checkedOptions(optionsAfter(where, undefined, options), TIMEOUT, 'connectTls()');
  // Node accepts `allowHalfOpen` here as well; only its types lack it.
  const settings = { ...where, allowHalfOpen: true } as ConnectionOptions;
  return new Connecting(() => tls().connect(withOwnSignal(settings)), connectionTo(settings), socketOver, options);
}

/**
 * Waits until a socket of Node's is connected. If the wait is cancelled, it destroys the socket. From then on you need
 * not listen to the socket's 'error' event: the next operation on the socket raises the error.
 *
 * @throws the error of the connection; Error if `connect()` of the socket was not called
 */
export function connected<S extends Stream>(stream: S): Operation<S> {
  const transport = transportOf(stream);
  const watched = (): S => {
    transport.watch();
    return stream;
  };
  return new Connected(stream, `${transport.name} to be connected`, watched);
}

function socketOver(stream: Stream): Socket {
  return new Socket(stream);
}

class Connecting<S extends Stream, T> extends Opening<T> {
  private readonly begin: () => S;
  private readonly what: string;
  private readonly result: (stream: S) => T;

  constructor(begin: () => S, what: string, result: (stream: S) => T, options: TimeoutOption | undefined) {
    super();
    this.deadline = deadlineOf(this, options);
    this.begin = begin;
    this.what = what;
    this.result = result;
  }

  describe(): string {
    return this.what;
  }

  protected open(opened: (value: T) => void, failed: (error: unknown) => void): Attempt {
    const stream = this.begin();
    const discard = (): void => void stream.destroy();
    const closed = (): void => failed(stream.errored ?? new Error(`${this.what}: the socket was closed first`));
    const done = (): void => {
      const result = this.result(stream);
      stream.off('error', failed).off('close', closed);
      opened(result);
    };
    const secure = isTlsSocket(stream);
    if (stream.destroyed) closed();
    else if (secure ? !Reflect.get(stream, 'secureConnecting') : !stream.connecting && !stream.pending) done();
    else if (!secure && !stream.connecting) failed(new Error(`${this.what}: connect() was not called`));
    else
      stream
        .on('error', failed)
        .once('close', closed)
        .once(secure ? 'secureConnect' : 'connect', done);
    return { discard };
  }

  timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.what} was not established within ${timeout} ms`);
  }
}

/** Waits for an existing socket. If the greenlet was killed before it could wait, the socket is destroyed as well. */
class Connected<S extends Stream> extends Connecting<S, S> {
  private readonly stream: S;

  constructor(stream: S, what: string, result: (stream: S) => S) {
    super(() => stream, what, result, undefined);
    this.stream = stream;
  }

  protected override cancelled(): void {
    super.cancelled();
    this.stream.on('error', () => {}).destroy();
  }
}

/** Gives each socket its own signal, because Node leaves a listener on the signal. */
function withOwnSignal<S extends object>(settings: S): S {
  const { signal } = settings as { signal?: unknown };
  return signal instanceof AbortSignal ? { ...settings, signal: AbortSignal.any([signal]) } : settings;
}

/** Describes the address in messages. */
function connectionTo(where: {
  host?: string | undefined;
  port?: number | undefined;
  path?: string | undefined;
}): string {
  return `a connection to ${safeText(where.path ?? `${where.host ?? 'localhost'}:${where.port}`)}`;
}
