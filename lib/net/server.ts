import { createServer as createNodeServer, type Socket as Stream } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { checkedFunction } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { nameOf } from '../sync/named.ts';
import { BASE_SERVER_OPTIONS, BaseServer, type BaseServerOptions, type Listener } from './base-server.ts';
import { ConnectionService } from './connection-service.ts';
import { tls } from './nodes-modules.ts';
import type { Socket } from './socket.ts';

export type { Listener } from './base-server.ts';

/** Serves one connection; usually a function*. When it has ended, the server closes the socket. */
export type Handler = (socket: Socket) => unknown;

export interface ServerOptions extends BaseServerOptions {
  /** Makes it a TLS server: Node's options for `tls.createServer()`. */
  tls?: TlsOptions | undefined;
}

const SERVER_OPTIONS: OptionNames<ServerOptions> = { ...BASE_SERVER_OPTIONS, tls: 'object' };

/**
 * A server that runs a greenlet for each connection.
 *
 * * When a handler has ended, the server closes its connection. If the handler throws, `hub.handleError` reports the
 *   error once.
 * * If the connection is lost (reset or destroyed), the handler is killed. The handler is not killed if the peer ends
 *   its side (`recv()` then gives an empty Buffer), if both sides have ended, or after the handler's own `close()`. A
 *   handler that waits on the socket first gets the connection's error, and the kill at its next suspension. If it does
 *   not catch that error, this is not reported as a failure.
 * * While the pool is full, up to `backlog` connections wait in line: no greenlet runs for them, and they are not read.
 *   The server accepts and closes further connections.
 *
 * @example
 * const server = new StreamServer(8000, function* echo(socket) {
 *   for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
 * }, { pool: 1_000 });
 * yield* server.serveForever();
 */
export class StreamServer extends BaseServer {
  private readonly handler: Handler;

  /**
   * @param listener where to listen; if undefined, pass it to `start()`
   * @param handler called for each connection, in its own greenlet, with its socket
   * @param options `pool`, `backlog`, `tls`
   * @throws TypeError if the handler is not a function; RangeError if the pool size or the backlog is not a whole
   *   number
   */
  constructor(listener: Listener | undefined, handler: Handler, options: ServerOptions = {}) {
    checkedFunction(handler, 'a server');
    checkedOptions(options, SERVER_OPTIONS, 'new StreamServer()');
    const secure = options.tls;
    const server = secure === undefined ? createNodeServer({ allowHalfOpen: true }) : tls().createServer(secure);
    super(nameOf('StreamServer'), server, listener, options);
    this.handler = handler;
    server.on(secure === undefined ? 'connection' : 'secureConnection', (stream: Stream) => this.accept(stream));
  }

  private accept(stream: Stream): void {
    // Until there is a handler, nothing else listens to its errors.
    stream.on('error', () => {});
    // Set only now: otherwise a client that disconnects during the TLS handshake would hold its connection until a
    // timeout.
    stream.allowHalfOpen = true;
    if (this.refuses) stream.destroy();
    else this.add(new ConnectionService(this, this.handler, stream));
  }
}

/**
 * Creates a server without a listener. Pass the listener to `start()`.
 *
 * @param handler as for `StreamServer`
 * @param options as for `StreamServer`
 * @returns the server
 * @throws the errors of the constructor of `StreamServer`
 *
 * @example
 * const server = createServer(function* hello(socket) {
 *   yield* socket.sendall('hello\n');
 * });
 * yield* server.start({ port: 8000, host: '127.0.0.1' });
 */
export function createServer(handler: Handler, options?: ServerOptions): StreamServer {
  return new StreamServer(undefined, handler, options);
}
