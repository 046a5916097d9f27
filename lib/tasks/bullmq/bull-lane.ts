import type { Queue, QueueEvents } from 'bullmq';
import { host } from '../../hub/loop/host.ts';
import type { Ending, JobInfo, Place, TaskStatus } from '../engine.ts';
import { StoreError } from '../errors.ts';
import { packError } from '../payload.ts';
import { Repeating } from '../repeating.ts';
import { realTime } from '../wall-clock.ts';
import type { BullContext } from './bull-context.ts';
import { queueName, shownId, storedId } from './keys.ts';
import { childrenOf, payloadOf, type StoredJob, type StoredResult } from './stored-job.ts';

type Watcher = (ending: Ending) => void;

interface Watched {
  readonly watchers: Set<Watcher>;
  /** When the first one came. */
  readonly since: number;
  /** False before the job is stored. */
  isStored: boolean;
  /** True if a look did not find it. Its end may be on the way. */
  isMissing: boolean;
}

/** What is known of a job. */
export interface StoredInfo extends JobInfo {
  /** The jobs that it waits for. */
  readonly children: readonly Place[];
  /** When it was stored; 0 if it is not there any more. */
  readonly made: number;
}

const REMOVED: Ending = { kind: 'revoked', reason: 'the job was removed' };

/** How often jobs are looked at whose end may have been missed, in milliseconds; and how many of them at once. */
const LOOK = 5_000;
const MOST_LOOKS = 1_000;
/** How long an event is on its way, in milliseconds. */
const ON_THE_WAY = 50;

const STATUS: Readonly<Record<string, TaskStatus>> = {
  completed: 'completed',
  failed: 'failed',
  delayed: 'delayed',
  active: 'active',
};

/** A lane: its queue in BullMQ, and those who wait for its jobs. */
export class BullLane {
  readonly name: string;
  readonly queue: Queue<StoredJob>;
  private readonly context: BullContext;
  private readonly watched = new Map<string, Watched>();
  private events: Promise<QueueEvents> | null = null;
  /** True once its events arrive. */
  isListening = false;
  private looking: Repeating | null = null;

  constructor(context: BullContext, name: string) {
    this.context = context;
    this.name = name;
    const { bull, connection, settings } = context;
    this.queue = new bull.Queue(queueName(settings.name, name), { connection: connection.redis });
    this.queue.on('error', (error) => connection.note(error));
  }

  /** The events of its jobs, from now on. */
  async listen(): Promise<void> {
    this.events ??= this.open();
    try {
      await this.events;
    } catch (error) {
      // The next one may be answered.
      this.events = null;
      throw error;
    }
  }

  watch(id: string, watcher: Watcher, isNew: boolean): () => void {
    const stored = storedId(id);
    const watched = this.watched.get(stored) ?? newWatched();
    watched.watchers.add(watcher);
    if (!isNew) watched.isStored = true;
    this.watched.set(stored, watched);
    this.looking ??= new Repeating(LOOK, () => void this.look());
    return () => {
      watched.watchers.delete(watcher);
      if (watched.watchers.size === 0 && this.watched.get(stored) === watched) this.forget(stored);
    };
  }

  /** True if a job is there. */
  async has(id: string): Promise<boolean> {
    return (await this.context.connection.redis.exists(this.queue.toKey(storedId(id)))) === 1;
  }

  /** A job was stored. */
  stored(id: string): void {
    const watched = this.watched.size === 0 ? undefined : this.watched.get(storedId(id));
    if (watched !== undefined) watched.isStored = true;
  }

  /** Removes all jobs that wait or are delayed. BullMQ does not tell which ones these were. */
  async drain(): Promise<void> {
    await this.queue.drain(true);
    await this.lookAtAll();
    if (![...this.watched.values()].some(({ isMissing }) => isMissing)) return;
    await new Promise<void>((settle) => host.startTimer(settle, ON_THE_WAY));
    await this.lookAtAll();
  }

  /** What is known of a job; null if nothing is. */
  async info(id: string): Promise<StoredInfo | null> {
    const { queue, context } = this;
    const stored = storedId(id);
    const [job, state, logs] = await Promise.all([
      queue.getJob(stored) as Promise<StoredJob | undefined>,
      queue.getJobState(stored),
      // Queue.getJobLogs() uses a transaction, which a full server refuses.
      context.connection.redis.lrange(`${queue.toKey(stored)}:logs`, 0, -1),
    ]);
    const ending = job === undefined ? null : await this.endingOf(job, state);
    const children = job === undefined ? [] : childrenOf(job.data);
    if (job !== undefined && ending?.kind !== 'revoked') {
      const progress = await this.progressOf(job, stored);
      return { status: STATUS[state] ?? 'waiting', progress, logs, ending, children, made: job.timestamp };
    }
    const revoked = ending ?? (await context.revocation(id));
    return revoked === null ? null : { status: 'revoked', progress: null, logs, ending: revoked, children, made: 0 };
  }

  async close(): Promise<void> {
    this.looking?.stop();
    this.looking = null;
    const closed = new StoreError('closed', `the app ${this.context.settings.name} was closed`);
    for (const stored of [...this.watched.keys()]) this.tell(stored, { kind: 'failed', failure: packError(closed) });
    const { events } = this;
    if (events !== null) await events.then((each) => each.close()).catch(() => {});
    await this.queue.close();
  }

  private async open(): Promise<QueueEvents> {
    const { bull, connection } = this.context;
    const { redis } = connection;
    // An event that happens before the subscription must not be missed.
    const [last] = await redis.xrevrange(this.queue.toKey('events'), '+', '-', 'COUNT', 1);
    const events = new bull.QueueEvents(this.queue.name, { connection: redis, lastEventId: last?.[0] ?? '0-0' });
    events.on('error', (error) => connection.note(error));
    events.on('completed', ({ jobId, returnvalue }) => {
      this.tell(jobId, { kind: 'completed', value: payloadOf(returnvalue as unknown as StoredResult) });
    });
    events.on('failed', ({ jobId, failedReason }) => void this.tellFailure(jobId, failedReason));
    events.on('removed', ({ jobId }) => void this.tellRemoval(jobId));
    this.isListening = true;
    return events;
  }

  private tell(stored: string, ending: Ending): void {
    const watched = this.watched.get(stored);
    if (watched === undefined) return;
    this.forget(stored);
    for (const watcher of watched.watchers) watcher(ending);
  }

  private forget(stored: string): void {
    this.watched.delete(stored);
    if (this.watched.size > 0) return;
    this.looking?.stop();
    this.looking = null;
  }

  private async tellFailure(stored: string, reason: string): Promise<void> {
    if (!this.watched.has(stored)) return;
    try {
      const job = (await this.queue.getJob(stored)) as StoredJob | undefined;
      const ending = job === undefined ? null : await this.endingOf(job, 'failed');
      const unknown: Ending = { kind: 'failed', failure: { text: reason, stack: '', error: null } };
      this.tell(stored, ending ?? (await this.context.revocation(shownId(stored))) ?? unknown);
    } catch (error) {
      // The next look finds it.
      this.context.connection.note(error as Error);
    }
  }

  private async tellRemoval(stored: string): Promise<void> {
    if (!this.watched.has(stored)) return;
    try {
      const revoked = await this.context.revocation(shownId(stored));
      this.tell(stored, revoked ?? REMOVED);
    } catch (error) {
      this.context.connection.note(error as Error);
    }
  }

  /** Looks at jobs that have been watched for long: their events may be lost, if there were too many, or no connection. */
  private async look(): Promise<void> {
    const before = realTime() - LOOK;
    const old = [...this.watched].filter(([, { since }]) => since < before).slice(0, MOST_LOOKS);
    try {
      await Promise.all(old.map(([stored, watched]) => this.lookAt(stored, watched)));
    } catch (error) {
      this.context.connection.note(error as Error);
    }
  }

  private async lookAtAll(): Promise<void> {
    await Promise.all([...this.watched].map(([stored, watched]) => this.lookAt(stored, watched)));
  }

  private async lookAt(stored: string, watched: Watched): Promise<void> {
    const state = await this.queue.getJobState(stored);
    const hasEnded = state === 'completed' || state === 'failed' || state === 'unknown';
    const info = hasEnded ? await this.info(shownId(stored)) : null;
    if (this.watched.get(stored) !== watched) return;
    const isMissing = state === 'unknown' && info === null && watched.isStored;
    const ending = isMissing && watched.isMissing ? REMOVED : (info?.ending ?? null);
    watched.isMissing = isMissing;
    if (ending !== null) this.tell(stored, ending);
    else {
      // To the back of the line.
      this.watched.delete(stored);
      this.watched.set(stored, watched);
    }
  }

  /** BullMQ begins with 0, which may also be what the task has told. */
  private async progressOf({ progress }: StoredJob, stored: string): Promise<unknown> {
    if (progress !== 0) return progress;
    return (await this.context.connection.redis.hexists(this.queue.toKey(stored), 'progress')) === 1 ? 0 : null;
  }

  /** How a job has ended; null if it has not. */
  private async endingOf(job: StoredJob, state: string): Promise<Ending | null> {
    if (state === 'completed') return { kind: 'completed', value: payloadOf(job.returnvalue) };
    if (state !== 'failed') return null;
    const { data, failedReason = '', stacktrace } = job;
    if (data.failure !== undefined) return { kind: 'failed', failure: data.failure };
    const ofChild = /^child .* failed$/.test(failedReason) ? await this.context.endingOfFailed(childrenOf(data)) : null;
    if (ofChild !== null) return ofChild;
    const revoked = await this.context.revocation(shownId(job.id as string));
    return revoked ?? { kind: 'failed', failure: { text: failedReason, stack: stacktrace?.at(-1) ?? '', error: null } };
  }
}

function newWatched(): Watched {
  return { watchers: new Set(), since: realTime(), isStored: false, isMissing: false };
}
