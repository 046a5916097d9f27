/// <reference lib="esnext.disposable" preserve="true" />
import { type Coroutine, type Operation, operation } from '../../greenlet/operation.ts';
import { line, Shown, TEXT } from '../../greenlet/shown.ts';
import { kindOf } from '../../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames, refuseOptions } from '../../hub/checks/options.ts';
import { Barrier as LocalBarrier } from '../../sync/barrier.ts';
import { nameOf } from '../../sync/named.ts';
import { Queue as LocalQueue } from '../../sync/queue.ts';
import { Semaphore as LocalSemaphore } from '../../sync/semaphore.ts';
import type { Key } from '../channel/handshake.ts';
import { code, network } from '../network/network.ts';
import type { Barrier } from '../shared/barrier.ts';
import type { BoundedSemaphore } from '../shared/bounded-semaphore.ts';
import type { Condition } from '../shared/condition.ts';
import type { Event } from '../shared/event.ts';
import { Exclusive } from '../shared/exclusive.ts';
import type { JoinableQueue } from '../shared/joinable-queue.ts';
import type { Lock } from '../shared/lock.ts';
import type { Queue } from '../shared/queue.ts';
import type { RLock } from '../shared/rlock.ts';
import type { Semaphore } from '../shared/semaphore.ts';
import { restored, TRAVEL } from '../travel/shareable.ts';
import { checkedHostAddress, type HostAddress, keyFor, type ManagerAddress } from './address.ts';
import { type Connection, connecting } from './connecting.ts';
import { type DictEntries, type DictProxy, storedEntries } from './dict.ts';
import type { DictKey } from './dict-service.ts';
import { type ListProxy, storedItems } from './list.ts';
import { NAMED } from './named.ts';
import type { NamespaceProxy } from './namespace.ts';
import { ended, type StartedServer, starting } from './starting.ts';
import { stored } from './stored.ts';
import type { ValueProxy } from './value.ts';

export interface ManagerOptions {
  /** The server is a process of its own, or a thread of this one. The default is `'process'`. */
  kind?: 'process' | 'thread' | undefined;
  /** The default is a socket that only this user can reach; on Windows, a named pipe. */
  address?: HostAddress | undefined;
  /**
   * What clients must know. With a host and port there must be one. The default is a random key, which the processes of this
   * program know.
   */
  authkey?: Key | undefined;
  /** The longest message, in bytes. The default is 64 MiB. There is no limit between threads. */
  maxMessageBytes?: number | undefined;
}

export interface ConnectOptions {
  address: string | HostAddress;
  /** The default is the random key of this program. */
  authkey?: Key | undefined;
}

export interface ManagedOptions {
  /** Whoever asks for this name gets the same object. */
  name?: string | undefined;
}

const START: OptionNames<ManagerOptions> = {
  kind: 'string',
  address: 'object',
  authkey: 'any',
  maxMessageBytes: 'number',
};
const CONNECT: OptionNames<ConnectOptions> = { address: 'any', authkey: 'any' };
const MANAGED: OptionNames<ManagedOptions> = { name: 'string' };

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** What the messages of the library itself may need. */
const LEAST_MESSAGE_BYTES = 1_024;
const MOST_MESSAGE_BYTES = 2 ** 32 - 1;

let made = 0;

/**
 * Keeps objects in a server, a process or thread of its own, for any number of processes. They survive the process that made
 * them, and end with the server.
 *
 * Its methods return proxies at once. What is wrong with the server is thrown by the first use of the proxy. Proxies can be given
 * to other threads and processes.
 *
 * @example
 * using manager = yield* Manager.start();
 * const scores = manager.dict<string, number>();
 * const players = names.map((name) => new Process({ target: play, args: [scores, name] }).start());
 * yield* joinall(players);
 * yield* scores.copy();
 */
export class Manager extends Shown implements Disposable {
  /** Where the server listens: give it to `Manager.connect()`. */
  readonly address: ManagerAddress;
  /** The server's node. */
  private readonly server: string;
  /** Null if the server was not started here. */
  private readonly started: StartedServer | null;
  /** Null if it was started here. */
  private readonly connection: Connection | null;

  private constructor(address: ManagerAddress, started: StartedServer | null, connection: Connection | null) {
    super();
    this.address = address;
    this.server = started?.child.id ?? (connection as Connection).server;
    this.started = started;
    this.connection = connection;
  }

  /**
   * Starts a server. It ends with this process, and does not keep it alive.
   *
   * @throws TypeError if there is a host and port, but no authkey; the error of the system if the server cannot listen
   */
  static start(options: ManagerOptions = {}): Operation<Manager> {
    checkedOptions(options, START, 'Manager.start()');
    const { kind = 'process', maxMessageBytes = MAX_MESSAGE_BYTES } = options;
    if (kind !== 'process' && kind !== 'thread') {
      throw new TypeError(`kind of Manager.start() must be 'process' or 'thread', not ${kindOf(kind)}`);
    }
    checkMessageBytes(maxMessageBytes);
    const address = options.address === undefined ? null : checkedHostAddress(options.address, 'Manager.start()');
    const key = keyFor(address, options.authkey, 'Manager.start()');
    return operation(function* (): Coroutine<Manager> {
      const started = yield* starting(kind, { address, key, maxMessageBytes });
      return new Manager(started.address, started, null);
    }, 'Manager.start()');
  }

  /**
   * Connects to a server that another process has started.
   *
   * @throws TypeError if there is a host and port, but no authkey; AuthenticationError if the server has another key; the error of
   *   the system if there is no server
   */
  static connect(options: ConnectOptions): Operation<Manager> {
    checkedOptions(options, CONNECT, 'Manager.connect()');
    const { address: given, authkey } = Object(options) as ConnectOptions;
    const address = typeof given === 'string' ? given : checkedHostAddress(given, 'Manager.connect()');
    const key = keyFor(address, authkey, 'Manager.connect()');
    return operation(function* (): Coroutine<Manager> {
      return new Manager(address, null, yield* connecting(address, key));
    }, 'Manager.connect()');
  }

  /**
   * A dictionary.
   *
   * @param init its first entries: a Map, other entries, or a plain object
   * @throws TypeError if a key or value cannot be used
   */
  dict<K extends DictKey = string, V = unknown>(
    init?: Iterable<readonly [K, V]>,
    options?: ManagedOptions,
  ): DictProxy<K, V>;
  dict<K extends DictKey = string, V = unknown>(
    init: Readonly<Record<string, V>>,
    options?: ManagedOptions,
  ): DictProxy<K, V>;
  dict(init: DictEntries<DictKey, unknown> = [], options?: ManagedOptions): DictProxy<never, never> {
    return this.make('dict', 'Dict', [storedEntries(init)], options);
  }

  /**
   * A list.
   *
   * @param init its first items
   * @throws TypeError if an item cannot be sent
   */
  list<T = unknown>(init: Iterable<T> = [], options?: ManagedOptions): ListProxy<T> {
    return this.make('list', 'List', [storedItems(init)], options);
  }

  /**
   * Named values.
   *
   * @param init the first ones, as a plain object
   * @throws TypeError if a value cannot be sent
   */
  namespace<T extends object = Record<string, unknown>>(init?: T, options?: ManagedOptions): NamespaceProxy<T> {
    return this.make('namespace', 'Namespace', [storedEntries(Object.entries(init ?? {}))], options);
  }

  /**
   * One value.
   *
   * @throws TypeError if it cannot be sent
   */
  value<T>(init: T, options?: ManagedOptions): ValueProxy<T> {
    return this.make('value', 'ManagerValue', [stored(init)], options);
  }

  /** A queue. With `name`, the bound is that of whoever asks first. */
  queue<T = unknown>(maxsize?: number, options?: ManagedOptions): Queue<T> {
    const checked = new LocalQueue(maxsize).maxsize;
    return this.make('queue', 'Queue', [checked], options, [checked]);
  }

  /** A queue that counts unfinished tasks. */
  joinableQueue<T = unknown>(maxsize?: number, options?: ManagedOptions): JoinableQueue<T> {
    const checked = new LocalQueue(maxsize).maxsize;
    return this.make('joinableQueue', 'JoinableQueue', [checked], options, [checked]);
  }

  lock(options?: ManagedOptions): Lock {
    return this.make('lock', 'Lock', [], options);
  }

  rlock(options?: ManagedOptions): RLock {
    return this.make('rlock', 'RLock', [], options);
  }

  /** @param value the number of permits */
  semaphore(value = 1, options?: ManagedOptions): Semaphore {
    new LocalSemaphore(value);
    return this.make('semaphore', 'Semaphore', [value], options);
  }

  /** @param value the number of permits, at the start and at most */
  boundedSemaphore(value = 1, options?: ManagedOptions): BoundedSemaphore {
    new LocalSemaphore(value);
    return this.make('boundedSemaphore', 'BoundedSemaphore', [value], options);
  }

  event(options?: ManagedOptions): Event {
    return this.make('event', 'Event', [], options);
  }

  /**
   * A condition.
   *
   * @param lock a lock or rlock of this Manager; by default a new rlock
   * @throws TypeError if the lock is anything else
   */
  condition(lock?: Exclusive, options?: ManagedOptions): Condition;
  condition(options?: ManagedOptions): Condition;
  condition(first?: Exclusive | ManagedOptions, second?: ManagedOptions): Condition {
    const isLock = first instanceof Exclusive;
    const options = isLock || first === undefined ? second : (first as ManagedOptions);
    const name = checkedName(options, 'condition');
    const lock = isLock ? first : this.rlock(name === undefined ? {} : { name: `${name} (lock)` });
    if (lock.maker !== this.server) throw new TypeError('the lock of a condition must be one of the same Manager');
    return this.make('condition', 'Condition', [lock.offered()], options, [lock[TRAVEL]()]);
  }

  /** @param parties how many greenlets must arrive */
  barrier(parties: number, options?: ManagedOptions): Barrier {
    new LocalBarrier(parties);
    return this.make('barrier', 'Barrier', [parties], options, [parties]);
  }

  /**
   * Ends the server, at once. All who use it get a `ConnectionLostError`. A Manager that was made by `connect()` only gives up its
   * connection.
   *
   * @returns an operation that waits for the end
   */
  shutdown(): Operation<void>;
  shutdown(extra?: unknown): Operation<void> {
    refuseOptions(extra, 'manager.shutdown()', 'withTimeout(ms, manager.shutdown())');
    this.connection?.close();
    this.started?.child.terminate();
    return operation(() => this.gone(), 'manager.shutdown()');
  }

  /** Like `shutdown()`, without the wait. */
  [Symbol.dispose](): void {
    this.shutdown();
  }

  /** @internal */
  [TEXT](): string {
    const { address } = this;
    const place = typeof address === 'string' ? address : `${address.host}:${address.port}`;
    return line('Manager', this.started?.child.name ?? '', `${this.started === null ? 'connected to' : 'at'} ${place}`);
  }

  private *gone(): Coroutine<void> {
    if (this.started !== null) yield* ended(this.started.child);
  }

  /**
   * Has the server make an object, unless it has one of this name.
   *
   * @param what the method of this class
   * @param fields what the server needs
   * @param fixed what the proxy needs
   */
  private make<P extends object>(
    what: string,
    kind: string,
    fields: readonly unknown[],
    options: ManagedOptions | undefined,
    fixed: readonly unknown[] = [],
  ): P {
    const name = checkedName(options, what);
    if (name === undefined) {
      made += 1;
      const object = `${network.id}~${made}`;
      network.send(this.server, code.CREATE, [object, kind, ...fields]);
      return restored({ kind, data: [this.server, object, nameOf(kind), fixed] }) as P;
    }
    const object = `${this.server}#${what}#${name}`;
    network.send(this.server, code.CREATE, [object, NAMED, name, what, kind, ...fields]);
    return restored({ kind, data: [this.server, object, name, fixed] }) as P;
  }
}

function checkedName(options: ManagedOptions | undefined, what: string): string | undefined {
  const name = checkedOptions(options, MANAGED, `manager.${what}()`)?.name;
  if (name === undefined || (typeof name === 'string' && name !== '')) return name;
  throw new TypeError(`the name of manager.${what}() must be a string, not ${name === '' ? "''" : kindOf(name)}`);
}

function checkMessageBytes(bytes: unknown): void {
  if (typeof bytes !== 'number') throw new TypeError(`maxMessageBytes must be a number, not ${kindOf(bytes)}`);
  if (Number.isInteger(bytes) && bytes >= LEAST_MESSAGE_BYTES && bytes <= MOST_MESSAGE_BYTES) return;
  throw new RangeError(
    `maxMessageBytes must be a whole number from ${LEAST_MESSAGE_BYTES} to ${MOST_MESSAGE_BYTES}, not ${bytes}`,
  );
}
