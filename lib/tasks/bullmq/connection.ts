import type { Redis, RedisOptions } from 'ioredis';
import { host } from '../../hub/loop/host.ts';
import { StoreError } from '../errors.ts';
import type { Bull } from './load-bullmq.ts';
import { isConnectionError } from './store-error.ts';

/** The longest pause between two attempts to connect, in milliseconds. */
const LONGEST_PAUSE = 1_000;

/** A connection that owes an answer for so long is given up, in milliseconds, and made anew. */
const SILENT = 30_000;

export const NOT_YET = 'there is no connection yet';

const OPTIONS: RedisOptions = {
  // Commands wait until there is a connection. Callers limit the time themselves.
  maxRetriesPerRequest: null,
  retryStrategy: (times) => Math.min(50 * times, LONGEST_PAUSE),
  socketTimeout: SILENT,
};

/** The connection for commands. It connects again by itself. */
export class Connection {
  readonly redis: Redis;
  /** The server, without the password. */
  readonly server: string;
  /** True if a worker runs, whose user must be told. */
  isServing = false;
  private lost: Error | null = null;
  private isTold = false;
  private readonly others = new Set<Redis>();

  constructor({ Redis }: Bull, url: string) {
    this.server = serverOf(url);
    this.redis = new Redis(url.replace(/^valkey/, 'redis'), OPTIONS);
    this.redis.on('error', (error: Error) => this.lose(error));
    this.redis.on('ready', () => this.regain());
    this.keepDuplicates(this.redis);
  }

  /** Another connection to the same server, for commands that subscribe. */
  another(): Redis {
    const other = this.redis.duplicate();
    other.on('error', (error: Error) => this.note(error));
    return other;
  }

  get isUp(): boolean {
    return this.redis.status === 'ready';
  }

  /** Why there is no answer at present. */
  trouble(): StoreError | null {
    const { lost, redis, server } = this;
    if (redis.status === 'ready') {
      // It owes an answer, and the caller has lost patience.
      const owes = (redis as unknown as { commandQueue: { length: number } }).commandQueue.length > 0;
      return owes ? new StoreError('unreachable', `the server ${server} does not answer`) : null;
    }
    const why = lost === null ? NOT_YET : lost.message || String((lost as NodeJS.ErrnoException).code);
    return new StoreError('unreachable', `the server ${server} cannot be reached: ${why}`, { cause: lost });
  }

  /** An error that no call can be told of. */
  note(error: Error): void {
    if (isConnectionError(error)) this.lose(error);
    else host.report(`greenhub/tasks: ${error.message}`);
  }

  /** Closes all connections, also those of BullMQ, which goes on trying to reach a server that is away. */
  close(): void {
    for (const other of this.others) other.disconnect();
    this.redis.disconnect();
  }

  /**
   * BullMQ duplicates connections for commands that block. While it closes one, it no longer listens to it, and without a
   * listener, ioredis prints the errors that come then.
   */
  private keepDuplicates(redis: Redis): void {
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (options) => {
      const other = duplicate(options);
      this.others.add(other);
      other.on('error', () => {});
      other.on('end', () => this.others.delete(other));
      this.keepDuplicates(other);
      return other;
    };
  }

  private lose(error: Error): void {
    this.lost = error;
    if (!this.isServing || this.isTold || this.redis.status === 'end') return;
    this.isTold = true;
    host.report(
      `greenhub/tasks: the connection to the server ${this.server} was lost (${error.message}): trying again`,
    );
  }

  private regain(): void {
    this.lost = null;
    if (this.isTold) host.report(`greenhub/tasks: the connection to the server ${this.server} is there again`);
    this.isTold = false;
  }
}

/** The host and the port of a URL. */
export function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? 6379 : port}`;
}
