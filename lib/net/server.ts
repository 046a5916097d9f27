import { type AddressInfo, createServer as createNodeServer, type Server, type Socket as Stream } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { GreenletError } from '../greenlet/errors.ts';
import { type Coroutine, excused, type Operation, operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { checkedFunction, checkedTime, checkedTimeout, type TimeoutOption } from '../hub/checks.ts';
import { spawn } from '../hub/greenlet.ts';
import { helper } from '../hub/helper.ts';
// The index, because it sets up how operations are awaited: a program may import this entry point alone.
import { getHub } from '../hub/index.ts';
import { killall } from '../hub/killall.ts';
import { shield } from '../hub/shield.ts';
import { type Waiter, WaitQueue } from '../hub/wait-queue.ts';
import { Pool } from '../pool/pool.ts';
import { AsyncResult } from '../sync/async-result.ts';
import { Event } from '../sync/event.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { nameOf } from '../sync/named.ts';
import { Service } from './service.ts';
import type { Socket } from './socket.ts';

/** Where to listen: a port (0 for a free one) of all or one of the host's addresses, or a Unix domain socket's path. */
export type Listener = number | { port: number; host?: string | undefined } | { path: string };

/** Serves one connection: usually a function*. The socket is closed when it has ended. */
export type Handler = (socket: Socket) => unknown;

export interface ServerOptions {
  /** What the handlers run in, or how many run at once at the most; without bound unless given. */
  pool?: Pool | number | undefined;
  /** How many connections may stand in line, in the kernel and, while the pool is full, here; 511 unless given. */
  backlog?: number | undefined;
  /** Makes it a TLS server: Node's options for `tls.createServer()`. */
  tls?: TlsOptions | undefined;
}

export interface ServeForeverOptions {
  /** How long handlers may go on when whoever serves is cancelled, in milliseconds; 1,000 unless given. */
  stopTimeout?: number | undefined;
}

const BACKLOG = 511;
const STOP_TIMEOUT = 1_000;

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
export class StreamServer implements Flag {
  /** What messages call it. */
  name = nameOf('StreamServer');
  /** What the handlers run in. */
  readonly pool: Pool;
  /** @internal */
  readonly handler: Handler;
  private readonly listener: Listener | undefined;
  private readonly backlog: number;
  private readonly server: Server;
  private state: 'new' | 'started' | 'stopped' = 'new';
  private readonly listening = new AsyncResult<void>();
  private readonly gone = new Event();
  /** Connections as the kernel has given them, those in the TLS handshake too. */
  private readonly connections = new Set<Stream>();
  private readonly services = new Set<Service>();
  private readonly watchers = new WaitQueue();

  /**
   * @param listener where to listen; can be left to `start()`
   * @param handler called with the socket of each connection, in a greenlet of its own
   * @throws TypeError when the handler is no function; RangeError for a pool size or a backlog that is no whole number
   */
  constructor(listener: Listener | undefined, handler: Handler, options: ServerOptions = {}) {
    const { pool, backlog = BACKLOG, tls } = options;
    if (!(Number.isInteger(backlog) && backlog >= 0)) {
      throw new RangeError(`a server's backlog is a whole number, 0 or more, not ${backlog}`);
    }
    this.listener = listener;
    this.handler = checkedFunction(handler, 'a server');
    this.pool = pool instanceof Pool ? pool : new Pool(pool);
    this.backlog = backlog;
    // Node takes `allowHalfOpen` for TLS as well; only its types do not say so.
    const settings = { ...tls, allowHalfOpen: true } as TlsOptions;
    this.server = tls === undefined ? createNodeServer({ allowHalfOpen: true }) : createTlsServer(settings);
    this.server
      .on('listening', () => this.listens())
      .on('connection', (stream) => this.note(stream))
      .on(tls === undefined ? 'connection' : 'secureConnection', (stream: Stream) => this.accept(stream))
      .on('error', (error) => this.failed(error))
      .on('close', () => this.gone.set());
  }

  /** Where it listens, as Node tells it; null while it does not. */
  get address(): AddressInfo | string | null {
    return this.server.listening ? this.server.address() : null;
  }

  /** The port it listens on; undefined while it does not, and for a Unix domain socket. */
  get port(): number | undefined {
    const { address } = this;
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** How many connections it serves now, those in line included. */
  get size(): number {
    return this.services.size;
  }

  /**
   * Starts to listen. Acts at once.
   *
   * @param listener where; what the constructor was given unless given here
   * @returns an operation for "it listens now"
   * @throws Node's own error when it cannot (`code`: EADDRINUSE, EACCES, …), which is reported if nobody waits; GreenletError
   *   when it was started before, TypeError when nobody has said where to listen
   */
  start(listener: Listener | undefined = this.listener): Operation<void> {
    if (this.state !== 'new') throw new GreenletError(`${this.name} was started already: make a new one`);
    if (listener === undefined) throw new TypeError(`${this.name} was not told where to listen: start({ port, host })`);
    const where = typeof listener === 'number' ? { port: listener } : listener;
    this.server.listen({ ...where, backlog: Math.max(1, this.backlog) });
    this.state = 'started';
    const { listening } = this;
    return spawn(
      helper(function* start() {
        yield* listening.get();
      }),
    );
  }

  /**
   * Stops to listen and hangs up on connections in line, at once. Then lets the handlers finish, and kills those that have
   * not when the time is up, whether anybody waits for that or not.
   *
   * @param options `timeout` in milliseconds: how long the handlers may go on; for ever unless given, and not at all with 0
   * @returns an operation for "all have ended, and all connections are closed". A handler that waits for it waits for itself
   */
  stop(options?: TimeoutOption): Operation<void> {
    const timeout = checkedTimeout(options);
    this.stopListening();
    const stopping = (): Coroutine<void> => this.stopping(timeout);
    return excused(spawn(helper(stopping)).join());
  }

  /**
   * Starts it, unless it was, and waits until it is stopped. Cancelled, it stops the server.
   *
   * @param options `stopTimeout` in milliseconds: how long the handlers may go on then; 1,000 unless given
   * @throws what `start()` throws
   *
   * @example
   * run(() => server.serveForever()); // Ctrl-C stops it
   */
  serveForever(options: ServeForeverOptions = {}): Operation<void> {
    const timeout = checkedTime(options.stopTimeout ?? STOP_TIMEOUT, 'stopTimeout');
    return operation(() => this.serving(timeout));
  }

  /** @internal True when nobody is served. */
  ready(): boolean {
    return this.services.size === 0;
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  describeWait(): string {
    return `the connections of ${this.name} to end`;
  }

  /** @internal */
  ended(service: Service): void {
    this.services.delete(service);
    if (this.ready()) this.watchers.notifyAll();
  }

  private *serving(timeout: number): Coroutine<void> {
    if (this.state === 'new') yield* this.start();
    else if (this.state === 'started') yield* this.listening.get();
    try {
      yield* this.gone.wait();
    } finally {
      if (!this.gone.isSet()) yield* shield(this.stop({ timeout }));
    }
  }

  private *stopping(timeout: number): Coroutine<void> {
    const finished = yield* new FlagWait(this, { timeout });
    if (!finished) yield* killall([...this.services].map((service) => service.greenlet));
    // What is left is in the TLS handshake, or about to be closed.
    for (const stream of this.connections) stream.destroy();
    yield* this.gone.wait();
  }

  private stopListening(): void {
    const { state } = this;
    if (state === 'stopped') return;
    this.state = 'stopped';
    if (state === 'new' || !this.server.listening) this.gone.set();
    else this.server.close();
    for (const service of [...this.services]) if (service.inLine) service.hangUp();
  }

  private listens(): void {
    this.listening.set();
    // Stopped while the name of its host was looked up.
    if (this.state === 'stopped') this.server.close();
  }

  private failed(error: Error): void {
    if (this.listening.ready()) getHub().handleError(getcurrent(), error);
    else {
      this.state = 'stopped';
      this.gone.set();
      this.listening.setException(error);
    }
  }

  private note(stream: Stream): void {
    this.connections.add(stream);
    stream.on('close', () => this.connections.delete(stream));
  }

  private accept(stream: Stream): void {
    // Until there is a handler, nobody else listens to its errors.
    stream.on('error', () => {});
    if (this.state === 'stopped' || (this.pool.full() && this.lineLength() >= this.backlog)) stream.destroy();
    else this.services.add(new Service(this, stream));
  }

  private lineLength(): number {
    let length = 0;
    for (const { inLine } of this.services) if (inLine) length += 1;
    return length;
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
