import type { AddressInfo, Server } from 'node:net';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { GIVE } from '../hub/checks/give.ts';
import { nameOf } from '../sync/named.ts';
import { SocketClosedError } from './errors.ts';
import type { Gift, Giveable, ReleasedHandle } from './giving.ts';
import { BACKLOG, type ConnectionHandle, type ListeningHandle } from './listening-handle.ts';
import { placeText } from './place-text.ts';

/**
 * A socket that listens, as `listen()` gives it. It accepts connections only while a server runs on it; until then they
 * wait in the kernel. Several servers can run on one listening socket, in this process and in others that it was given
 * to as an argument. Each connection goes to one of them.
 *
 * It belongs to the program: a server that stops leaves it open, and the connections that still arrive wait for the
 * next server. It does not keep the program alive by itself.
 *
 * @example
 * using listener = yield* listen(8000, '127.0.0.1');
 * const server = new HttpServer(listener, handler);
 * yield* server.serveForever();
 */
export class ListeningSocket extends Shown implements Giveable {
  /** Its name in messages. */
  readonly name: string;
  /** @internal Where it listens, also once it is closed. */
  readonly place: AddressInfo | string;
  private current: ListeningHandle | null;
  private readonly shares: ListeningShare[];
  /** Connections that were accepted although no server runs, which Node does on Windows. */
  private readonly kept: ConnectionHandle[];
  private turn: number;
  /** How many copies are on their way to other processes. */
  private sending: number;

  /**
   * @internal
   * @param handle a handle that listens
   */
  constructor(handle: ListeningHandle, place: AddressInfo | string) {
    super();
    this.name = nameOf('ListeningSocket');
    this.place = place;
    this.current = handle;
    this.shares = [];
    this.kept = [];
    this.turn = 0;
    this.sending = 0;
    handle.onconnection = (status, connection) => this.arrived(status, connection);
    handle.readStart();
    handle.readStop();
  }

  /** @internal */
  [TEXT](): string {
    return line('ListeningSocket', this.name, this.closed ? 'closed' : `listens at ${placeText(this.place)}`);
  }

  /** Where it listens, as reported by Node; null once it is closed. */
  get address(): AddressInfo | string | null {
    return this.closed ? null : this.place;
  }

  /** The port it listens on; undefined once it is closed, and for a Unix domain socket. */
  get port(): number | undefined {
    const { address } = this;
    return typeof address === 'object' ? address?.port : undefined;
  }

  get closed(): boolean {
    return this.current === null;
  }

  /**
   * Stops listening in this process. Connections that no server has accepted are reset, unless another process has the
   * socket too. Servers that run on it finish what they have begun, and must be stopped as always.
   */
  close(): void {
    const { current } = this;
    if (current === null) return;
    this.current = null;
    // Node would send no handle that is closed.
    if (this.sending === 0) current.close();
    else current.readStop();
    for (const connection of this.kept.splice(0)) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [GIVE](): Gift {
    if (this.closed) throw new TypeError(`${this.name} is closed`);
    return { kind: 'ListeningSocket', data: this.place, release: () => this.released() };
  }

  /**
   * @internal
   * @throws SocketClosedError if it is closed
   */
  get handle(): ListeningHandle {
    if (this.current === null) throw new SocketClosedError(`${this.name} was closed: call listen() again`);
    return this.current;
  }

  /** @internal Lets one of Node's servers listen here. It gets connections once it has called `begin()` of its share. */
  share(server: Server): ListeningShare {
    const share = new ListeningShare(this, this.handle);
    const node = server as unknown as { _handle: unknown; _listen2(...args: unknown[]): void };
    // Node's cluster gives a worker's servers such a handle in the same way.
    node._handle = share;
    node._listen2(null, -1, -1, BACKLOG);
    return share;
  }

  /** @internal */
  begin(share: ListeningShare): void {
    this.shares.push(share);
    for (const connection of this.kept.splice(0)) this.arrived(0, connection);
    this.current?.readStart();
  }

  /** @internal */
  paused(): void {
    if (!this.shares.some((share) => share.accepts)) this.current?.readStop();
  }

  /** @internal */
  end(share: ListeningShare): void {
    const index = this.shares.indexOf(share);
    if (index >= 0) this.shares.splice(index, 1);
    this.paused();
  }

  private released(): ReleasedHandle {
    const { handle } = this;
    this.sending += 1;
    const settled = (): void => {
      this.sending -= 1;
      if (this.sending === 0 && this.closed) handle.close();
    };
    return { handle, settled };
  }

  private arrived(status: number, connection?: ConnectionHandle): void {
    const share = this.nextShare();
    if (share !== undefined) share.onconnection?.(status, connection);
    else if (this.kept.length < BACKLOG && connection !== undefined) this.kept.push(connection);
    else connection?.close();
  }

  /** The servers take turns. One that stops gets a connection only if there is no other. */
  private nextShare(): ListeningShare | undefined {
    const { shares } = this;
    const accepting = shares.filter((share) => share.accepts);
    const candidates = accepting.length > 0 ? accepting : shares;
    this.turn += 1;
    return candidates[this.turn % candidates.length];
  }
}

/** What one of Node's servers has for its handle while it runs on a listening socket. */
export class ListeningShare {
  /** Set by Node's server. */
  onconnection: ListeningHandle['onconnection'] = null;
  /** True while it takes connections. */
  accepts = false;
  private readonly socket: ListeningSocket;
  private readonly handle: ListeningHandle;

  constructor(socket: ListeningSocket, handle: ListeningHandle) {
    this.socket = socket;
    this.handle = handle;
  }

  get address(): AddressInfo | string | null {
    return this.socket.address;
  }

  /** Takes connections from now on. */
  begin(): void {
    this.accepts = true;
    this.socket.begin(this);
  }

  /** Takes no more, except what is accepted already. */
  pause(): void {
    this.accepts = false;
    this.socket.paused();
  }

  // Node's server calls the rest.

  listen(): number {
    return 0;
  }

  close(): void {
    this.accepts = false;
    this.socket.end(this);
  }

  ref(): void {
    this.handle.ref();
  }

  unref(): void {
    this.handle.unref();
  }
}
