import type { AddressInfo, Server, Socket as Stream } from 'node:net';
import type { Coroutine, Operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import type { OptionNames } from '../hub/checks/options.ts';
import { type HostTimer, host } from '../hub/loop/host.ts';
import { hub } from '../hub/loop/hub.ts';
import { LinkedList } from '../hub/loop/linked-list.ts';
import { type Waiter, WaitQueue } from '../hub/loop/wait-queue.ts';
// The index sets up how operations are awaited, and a program may import only this entry point.
import { action } from '../hub/parking/action.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { killall } from '../hub/tasks/killall.ts';
import type { Pool } from '../pool/pool.ts';
import { type Flag, FlagWait } from '../sync/flag-wait.ts';
import { handlerPool } from './handler-pool.ts';
import type { Job } from './job.ts';
import { Lifecycle } from './lifecycle.ts';
import type { ListenAddress } from './listen.ts';
import { BACKLOG } from './listening-handle.ts';
import { type ListeningShare, ListeningSocket } from './listening-socket.ts';
import { safeText } from './safe-text.ts';

/**
 * Where to listen: a port (0 for a free one) on all or one of the host's addresses, the path of a Unix domain socket,
 * or a socket from `listen()`.
 */
export type Listener = number | ListenAddress | ListeningSocket;

/** The options of all servers. */
export interface BaseServerOptions {
  /** The pool that runs the handlers, or the largest number of handlers at once; unbounded by default. */
  pool?: Pool | number | undefined;
  /** How many connections may wait while the pool is full; 511 by default. */
  backlog?: number | undefined;
}

export const BASE_SERVER_OPTIONS: OptionNames<BaseServerOptions> = { pool: 'number', backlog: 'number' };

/**
 * A stop still serves what had arrived before it. The first turn of the event loop accepts the kernel's connections,
 * and the second reads them. There is one more turn because a stop may come in the middle of one.
 */
const LAST_TURNS = 3;

/**
 * How long a server that leaves a shared socket waits for the first request of connections that it has accepted, in
 * milliseconds. The program restarts it because others serve the socket, so a client must not notice.
 */
const FIRST_REQUEST = 5_000;

/** The base class of StreamServer and HttpServer: it starts and stops them and bounds how much they serve at once. */
export abstract class BaseServer extends Lifecycle<Listener> implements Flag {
  /** The pool that runs the handlers; null if there is no `pool` option, so that their number is unbounded. */
  readonly pool: Pool | null;
  private readonly backlog: number;
  private readonly node: Server;
  /** All connections that the kernel has accepted, including those in the TLS handshake. */
  private readonly connections = new Set<Stream>();
  private readonly jobs = new LinkedList<Job>();
  private readonly watchers = new WaitQueue();
  /** What it has of the listening socket that it runs on; null if it listens itself. */
  private share: ListeningShare | null = null;
  /** Runs while a stop waits for what `expects()` says. */
  private leaving: HostTimer | null = null;
  private hasHungUp = false;

  /**
   * @param node Node's server, which does not listen yet
   * @throws RangeError if the pool size or the backlog is not a whole number
   */
  protected constructor(name: string, node: Server, listener: Listener | undefined, options: BaseServerOptions) {
    super(name, listener);
    const { pool, backlog = BACKLOG } = options;
    if (!(Number.isInteger(backlog) && backlog >= 0)) {
      throw new RangeError(`the backlog of a server must be a whole number, at least 0, not ${safeText(backlog)}`);
    }
    this.pool = handlerPool(pool);
    this.backlog = backlog;
    this.node = node
      .on('listening', () => this.listens())
      .on('connection', (stream: Stream) => this.note(stream))
      .on('error', (error) => this.erred(error))
      .on('close', () => this.isGone());
  }

  /** Where it listens, as reported by Node; null while it does not listen. */
  get address(): AddressInfo | string | null {
    if (!this.node.listening || this.isStopped) return null;
    return this.share === null ? this.node.address() : this.share.address;
  }

  /** The port it listens on; undefined while it does not listen, and for a Unix domain socket. */
  get port(): number | undefined {
    const { address } = this;
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** How many connections or requests it serves now, including those that wait for the pool. */
  get size(): number {
    return this.jobs.size;
  }

  /** The greenlets of all connections or requests that it serves now, including those that wait for the pool. */
  get greenlets(): Greenlet[] {
    return this.jobs.toArray().map((job) => job.greenlet);
  }

  /** @internal True once it was stopped and has answered everything it had begun. */
  ready(): boolean {
    return this.hasHungUp && this.jobs.size === 0;
  }

  /** @internal */
  watch(waiter: Waiter): void {
    this.watchers.push(waiter);
  }

  /** @internal */
  describeWait(): string {
    return `all handlers of ${this.name} to end`;
  }

  /** @internal */
  ended(job: Job): void {
    this.jobs.delete(job);
    this.progressed();
  }

  /** Called when a job or connection has ended. If it was the last, wakes the greenlets that wait for the stop. */
  protected progressed(): void {
    if (this.ready()) this.watchers.notifyAll();
  }

  protected listen(listener: Listener): void {
    if (listener instanceof ListeningSocket) {
      this.share = listener.share(this.node);
      return;
    }
    const where = typeof listener === 'number' ? { port: listener } : listener;
    // Do not shorten the kernel's backlog: clients would wait a second and more although this server has room.
    this.node.listen({ ...where, backlog: Math.max(BACKLOG, this.backlog) });
  }

  protected stopListening(wasStarted: boolean): void {
    if (this.node.listening) {
      // The connections that wait in the kernel are for the other servers, or the next one.
      this.share?.pause();
      afterTurns(LAST_TURNS, () => this.leave());
      return;
    }
    this.hangUp();
    // A server that is still looking up its host name emits 'listening' later.
    if (!wasStarted || this.isDecided) this.isGone();
  }

  protected *finish(timeout: number): Coroutine<void> {
    const finished = yield* new FlagWait(this, { timeout });
    if (!finished) yield* this.killLeft();
    // A closed TLS connection notifies its peer in the next turn.
    yield* nextTurn();
    // The connections that are left are in the TLS handshake, or about to close.
    for (const stream of this.connections) stream.destroy();
  }

  /** How long a stop waits for requests that may be on their way, in milliseconds, if `expects()` is true. */
  protected get patience(): number {
    return this.share === null ? 0 : FIRST_REQUEST;
  }

  /** Called when a stop begins to wait. */
  protected beginToLeave(): void {}

  /** Whether a request may be on its way. Such a request counts as begun. */
  protected expects(): boolean {
    return false;
  }

  /** True while a stop waits for requests that may be on their way. */
  protected get isLeaving(): boolean {
    return this.leaving !== null;
  }

  private leave(): void {
    const { patience } = this;
    if (patience === 0 || this.hasHungUp) this.hangUp();
    else {
      this.leaving = host.startTimer(() => this.hangUp(), patience);
      this.beginToLeave();
      this.expectsLess();
    }
  }

  /** Called when `expects()` may have become false. */
  protected expectsLess(): void {
    if (this.isLeaving && !this.expects()) this.hangUp();
  }

  /** Accepts nothing new, and turns away connections that wait for the pool. */
  protected hangUp(): void {
    if (this.hasHungUp) return;
    this.hasHungUp = true;
    if (this.leaving !== null) host.stopTimer(this.leaving);
    this.leaving = null;
    if (this.node.listening) this.node.close();
    for (const job of this.jobs.toArray()) job.stopping(`${this.name} was stopped`);
    this.progressed();
  }

  /** Kills the handlers. Sends the resulting answers as long as clients take them without delay. */
  private *killLeft(): Coroutine<void> {
    this.hangUp();
    yield* killall(this.greenlets);
    for (let turns = 0; this.size > 0 && turns < LAST_TURNS; turns += 1) {
      const left = this.size;
      yield* nextTurn();
      if (this.size < left) turns = 0;
    }
  }

  protected override listens(): void {
    if (this.isStopped) this.node.close();
    else this.share?.begin();
    super.listens();
  }

  private erred(error: Error): void {
    if (this.node.listening) hub.tell(getcurrent(), error);
    else {
      this.hasHungUp = true;
      this.failed(error);
    }
  }

  private note(stream: Stream): void {
    this.connections.add(stream);
    stream.on('close', () => {
      this.connections.delete(stream);
      this.expectsLess();
    });
  }

  /** How many connections the kernel has accepted, including those in the TLS handshake. */
  protected get connectionCount(): number {
    return this.connections.size;
  }

  /** True once a stop has taken effect, after its last turns. */
  protected get isOver(): boolean {
    return this.hasHungUp;
  }

  /** True if it serves nothing new: it was stopped, or the line for the pool is full. */
  protected get refuses(): boolean {
    return this.hasHungUp || (this.pool?.full() === true && this.isLineFull());
  }

  protected add(job: Job): void {
    this.jobs.add(job);
  }

  protected get allJobs(): Iterable<Job> {
    return this.jobs.toArray();
  }

  /** Pools serve in order, so the waiting ones are the newest. */
  private isLineFull(): boolean {
    let room = this.backlog;
    for (let job = this.jobs.newest; job?.inLine && room > 0; job = job.previous as Job | null) room -= 1;
    return room === 0;
  }
}

/** Waits for the next turn of the event loop, with all I/O before it. */
function nextTurn(): Operation<void> {
  return action<void>((resolve) => host.nextTurn(resolve));
}

function afterTurns(count: number, then: () => void): void {
  if (count === 0) then();
  else host.nextTurn(() => afterTurns(count - 1, then));
}
