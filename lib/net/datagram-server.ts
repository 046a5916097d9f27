import type { RemoteInfo } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { GreenletError, isA } from '../greenlet/errors.ts';
import type { Coroutine, Operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { checkedFunction, type TimeoutOption } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
// The index sets up how operations are awaited, and a program may import only this entry point.
import { hub } from '../hub/loop/hub.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { Group } from '../pool/group.ts';
import type { Pool } from '../pool/pool.ts';
import { nameOf } from '../sync/named.ts';
import type { Destination } from './datagram.ts';
import type { Datagram } from './datagram-endpoint.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import { SocketClosedError } from './errors.ts';
import { handlerPool } from './handler-pool.ts';
import { Lifecycle } from './lifecycle.ts';
import { type BindDatagramOptions, bindDatagram } from './open-datagram.ts';

/** Handles one datagram; usually a function*. */
export type DatagramHandler = (data: Buffer, remote: RemoteInfo, server: DatagramServer) => unknown;

export interface DatagramServerOptions {
  /** The pool that runs the handlers, or the largest number of handlers at once; unbounded by default. */
  pool?: Pool | number | undefined;
}

const SERVER_OPTIONS: OptionNames<DatagramServerOptions> = { pool: 'number' };

/**
 * A server that runs a greenlet for each UDP datagram.
 *
 * * `hub.handleError` reports each error of a handler, and each error of receiving, once.
 * * While the pool is full, up to `bufferSize` bytes of datagrams are held. Later datagrams are dropped and counted in
 *   `dropped`, because UDP has no back-pressure.
 *
 * @example
 * const server = new DatagramServer(9000, function* echo(data, remote, server) {
 *   yield* server.sendto(data, remote);
 * }, { pool: 1_000 });
 * yield* server.serveForever();
 */
export class DatagramServer extends Lifecycle<number | BindDatagramOptions> {
  /** The pool that runs the handlers; null if there is no `pool` option, so that their number is unbounded. */
  readonly pool: Pool | null;
  private readonly handler: DatagramHandler;
  private bound: DatagramSocket | null = null;
  private receiver: Greenlet | null = null;
  /** The handlers of this server; the pool may contain other greenlets. */
  private readonly handlers = new Group();

  /**
   * @param listener where to receive, as for `bindDatagram()`: a port (0 for a free one), or an object with `port`,
   *   `host`, `type`, `bufferSize` and Node's options; if undefined, pass it to `start()`
   * @param handler called for each datagram, in its own greenlet, with the data, the sender and this server
   * @param options `pool`
   * @throws TypeError if the handler is not a function; RangeError if the pool size is not a whole number
   */
  constructor(
    listener: number | BindDatagramOptions | undefined,
    handler: DatagramHandler,
    options?: DatagramServerOptions,
  ) {
    super(nameOf('DatagramServer'), listener);
    this.handler = checkedFunction(handler, 'a server');
    checkedOptions(options, SERVER_OPTIONS, 'new DatagramServer()');
    this.pool = handlerPool(options?.pool);
  }

  /**
   * The socket that it receives with; null while it is not running. Use it for multicast and other settings of Node.
   */
  get socket(): DatagramSocket | null {
    return this.bound;
  }

  /** Where it receives, as reported by Node; null while it is not running. */
  get address(): AddressInfo | null {
    return this.bound?.address ?? null;
  }

  /** The port it receives on; undefined while it is not running. */
  get port(): number | undefined {
    return this.address?.port;
  }

  /** How many datagrams are being handled now. */
  get size(): number {
    return this.handlers.size;
  }

  /** How many datagrams were dropped for lack of room. */
  get dropped(): number {
    return this.bound?.dropped ?? 0;
  }

  /**
   * Sends a datagram from the port that the server receives on, as `DatagramSocket.sendto()` does. It still works while
   * handlers finish after `stop()`.
   *
   * @throws GreenletError if the server is not started or has stopped; the errors of `sendto()`
   */
  sendto(data: string | Uint8Array, remote: Destination, options?: TimeoutOption): Operation<void> {
    if (this.bound === null) {
      throw new GreenletError(`${this.name} cannot send: it has not been started, or it was stopped`);
    }
    return this.bound.sendto(data, remote, options);
  }

  protected listen(listener: number | BindDatagramOptions): void {
    const binding = bindDatagram(typeof listener === 'number' ? { port: listener } : listener);
    const receiving = (): Coroutine<void> => this.receiving(binding);
    this.receiver = spawn(helper(receiving));
  }

  /** Drops the held datagrams. The socket stays open until the handlers have ended, so that they can answer. */
  protected stopListening(): void {
    this.receiver?.kill();
    // End the wait for the start.
    this.listens();
    // Handlers that have not started were waiting for a slot of a pool that others may use as well.
    for (const handler of this.handlers) if (!handler.started) handler.kill();
  }

  protected *finish(timeout: number): Coroutine<void> {
    const finished = yield* this.handlers.join({ timeout });
    if (!finished) yield* this.handlers.kill();
    if (this.receiver !== null) yield* this.receiver.join();
    this.ended();
  }

  private ended(): void {
    this.bound?.close();
    this.bound = null;
    this.isGone();
  }

  private *receiving(binding: Operation<DatagramSocket>): Coroutine<void> {
    let socket: DatagramSocket;
    try {
      socket = yield* binding;
    } catch (error) {
      if (this.isStopped) throw error;
      this.failed(error);
      return;
    }
    this.bound = socket;
    this.listens();
    while (!socket.closed) {
      // Take a datagram only when there is a slot for it. Until then the socket holds it.
      if (this.pool !== null) yield* this.pool.waitAvailable();
      try {
        this.handle(yield* socket.recvfrom());
      } catch (error) {
        if (this.isStopped) throw error;
        if (!isA(error, SocketClosedError)) hub.tell(getcurrent(), error);
      }
    }
    // The program has closed the socket.
    this.stop();
  }

  private handle({ data, remote }: Datagram): void {
    const { handler, pool } = this;
    const greenlet: Greenlet =
      pool === null ? spawn(handler, data, remote, this) : pool.spawn(handler, data, remote, this);
    greenlet.name = `${handler.name || 'handler'}-${greenlet.id}`;
    this.handlers.add(greenlet);
  }
}
