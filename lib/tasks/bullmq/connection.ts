import type { Redis, RedisOptions } from 'ioredis';
import { host } from '../../hub/loop/host.ts';
import { StoreError } from '../errors.ts';
import { Repeating } from '../repeating.ts';
import type { Bull } from './load-bullmq.ts';
import { Silence } from './silence.ts';
import { isConnectionError } from './store-error.ts';

/** The longest pause between two attempts to connect, in milliseconds. */
const LONGEST_PAUSE = 1_000;

/** The time between two looks whether the server is silent, in milliseconds: 30 to 40 seconds of silence end a connection. */
const LOOK = 10_000;

export const NOT_YET = 'there is no connection yet';

const OPTIONS: RedisOptions = {
  // Commands wait until there is a connection. Callers limit the time themselves.
  maxRetriesPerRequest: null,
  retryStrategy: (times) => Math.min(50 * times, LONGEST_PAUSE),
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
  /** Every connection, including the ones that BullMQ makes. */
  private readonly all = new Map<Redis, Silence>();
  private readonly looking: Repeating;

  constructor({ Redis }: Bull, url: string) {
    this.server = serverOf(url);
    this.redis = new Redis(url.replace(/^valkey/, 'redis'), OPTIONS);
    this.redis.on('error', (error: Error) => this.lose(error));
    this.redis.on('ready', () => this.regain());
    this.keep(this.redis);
    this.looking = new Repeating(LOOK, () => {
      for (const silence of this.all.values()) silence.look();
    });
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
      return redis.commandQueue.length > 0
        ? new StoreError('unreachable', `the server ${server} does not answer`)
        : null;
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
    this.looking.stop();
    for (const redis of this.all.keys()) redis.disconnect();
  }

  /**
   * BullMQ duplicates connections for commands that block. While it closes one, it no longer listens to it, and without a
   * listener, ioredis prints the errors that come then.
   */
  private keep(redis: Redis): void {
    this.all.set(redis, new Silence(redis));
    redis.on('end', () => this.all.delete(redis));
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (options) => {
      const other = duplicate(options);
      other.on('error', () => {});
      this.keep(other);
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
