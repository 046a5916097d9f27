import { createConnection, type IpcNetConnectOpts, type Socket as Stream, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as openTls, TLSSocket } from 'node:tls';
import type { Operation } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import type { TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../hub/checks/options.ts';
import { optionsAfter } from './datagram.ts';
import { type Attempt, Opening } from './opening.ts';
import { shown } from './shown.ts';
import { Socket } from './socket.ts';
import { transportOf } from './transport.ts';

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
  const extras = checkedOptions(optionsAfter(where, host, options), TIMEOUT, 'connect()');
  const given: object =
    typeof where === 'number' ? { port: where, host: typeof host === 'string' ? host : 'localhost' } : where;
  const settings = { ...given, allowHalfOpen: true } as TcpNetConnectOpts;
  return new Connecting(() => createConnection(withOwnSignal(settings)), connectionTo(settings), socketOver, extras);
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
  checkedOptions(options, TIMEOUT, 'connectTls()');
  // Node takes `allowHalfOpen` here as well; only its types do not say so.
  const settings = { ...where, allowHalfOpen: true } as ConnectionOptions;
  return new Connecting(() => openTls(withOwnSignal(settings)), connectionTo(settings), socketOver, options);
}

/**
 * Waits until a socket is connected, whoever has begun that. Cancelled, it destroys the socket. From then on an error of the
 * socket is no event that must be listened to: the next operation on it raises it.
 *
 * @throws what connecting fails with; Error for one that was never told where to connect to
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
    super(options);
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
    const closed = (): void => failed(stream.errored ?? new Error(`${this.what}: it was closed before`));
    const done = (): void => {
      const result = this.result(stream);
      stream.off('error', failed).off('close', closed);
      opened(result);
    };
    const secure = stream instanceof TLSSocket;
    if (stream.destroyed) closed();
    else if (secure ? !Reflect.get(stream, 'secureConnecting') : !stream.connecting && !stream.pending) done();
    else if (!secure && !stream.connecting) failed(new Error(`${this.what}: nobody has called connect()`));
    else
      stream
        .on('error', failed)
        .once('close', closed)
        .once(secure ? 'secureConnect' : 'connect', done);
    return { discard };
  }

  protected timedOut(timeout: number): T {
    throw new Timeout(timeout, `${this.what} was not made within ${timeout} ms`);
  }
}

/** Of a socket that is there already: it goes, too, when the greenlet does not get to wait because it was killed before. */
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

/** A signal for one socket, because Node leaves a listener on the signal of each socket. */
function withOwnSignal<S extends object>(settings: S): S {
  const { signal } = settings as { signal?: unknown };
  return signal instanceof AbortSignal ? { ...settings, signal: AbortSignal.any([signal]) } : settings;
}

/** The address as messages name it. */
function connectionTo(where: {
  host?: string | undefined;
  port?: number | undefined;
  path?: string | undefined;
}): string {
  return `a connection to ${shown(where.path ?? `${where.host ?? 'localhost'}:${where.port}`)}`;
}
