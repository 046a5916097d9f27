import { createServer as createNodeServer, type Socket as Stream } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { checkedFunction } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { nameOf } from '../sync/named.ts';
import { BASE_SERVER_OPTIONS, BaseServer, type BaseServerOptions, type Listener } from './base-server.ts';
import { ConnectionService } from './connection-service.ts';
import type { Socket } from './socket.ts';

export type { Listener } from './base-server.ts';

/** Serves one connection: usually a function*. The socket is closed when it has ended. */
export type Handler = (socket: Socket) => unknown;

export interface ServerOptions extends BaseServerOptions {
  /** Makes it a TLS server: Node's options for `tls.createServer()`. */
  tls?: TlsOptions | undefined;
}

const SERVER_OPTIONS: OptionNames<ServerOptions> = { ...BASE_SERVER_OPTIONS, tls: 'object' };

/**
 * A server that runs a greenlet for each connection.
 *
 * * The connection is closed when its handler has ended. What the handler throws is reported, once, by `hub.handleError`.
 * * The handler is killed when its connection is lost: reset, or destroyed otherwise. It is not when the peer has ended its
 *   side (which `recv()` tells by an empty Buffer), nor when both sides have, nor after a `close()` of its own. A handler that
 *   waits on the socket gets the connection's error there, and the kill at its next suspension; not catching that error
 *   is no failure.
 * * While the pool is full, connections stand in line: no greenlet runs for them and they are not read. Node accepts what
 *   the kernel has, so the line is the server's own; whoever comes when it is `backlog` long is hung up on.
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
   * @param listener where to listen; can be left to `start()`
   * @param handler called with the socket of each connection, in a greenlet of its own
   * @throws TypeError when the handler is no function; RangeError for a pool size or a backlog that is no whole number
   */
  constructor(listener: Listener | undefined, handler: Handler, options: ServerOptions = {}) {
    checkedFunction(handler, 'a server');
    checkedOptions(options, SERVER_OPTIONS, 'new StreamServer()');
    const { tls } = options;
    const server = tls === undefined ? createNodeServer({ allowHalfOpen: true }) : createTlsServer(tls);
    super(nameOf('StreamServer'), server, listener, options);
    this.handler = handler;
    server.on(tls === undefined ? 'connection' : 'secureConnection', (stream: Stream) => this.accept(stream));
  }

  private accept(stream: Stream): void {
    // Until there is a handler, nobody else listens to its errors.
    stream.on('error', () => {});
    // Not before: who hangs up in the TLS handshake would be waited for until that had timed out.
    stream.allowHalfOpen = true;
    if (this.refuses) stream.destroy();
    else this.add(new ConnectionService(this, this.handler, stream));
  }
}

/**
 * Makes a server that is told where to listen when it is started.
 *
 * @param handler as for `StreamServer`
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
