import type { Job, Worker } from 'bullmq';
import { GreenletExit } from '../../greenlet/errors.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import { withTimeout } from '../../hub/cancellation/with-timeout.ts';
import { host } from '../../hub/loop/host.ts';
import { hub } from '../../hub/loop/hub.ts';
import { until } from '../../hub/parking/until.ts';
import type { Outcome, Run, Server, Service, TakenJob } from '../engine.ts';
import type { Payload } from '../payload.ts';
import { Repeating } from '../repeating.ts';
import { realTime } from '../wall-clock.ts';
import type { BullContext } from './bull-context.ts';
import { jobKey, queueName, shownId } from './keys.ts';
import {
  argsOf,
  childrenOf,
  payloadOf,
  resultOf,
  type StoredData,
  type StoredJob,
  type StoredResult,
} from './stored-job.ts';

interface Active {
  readonly run: Run;
  readonly token: string;
}

/** The worker counts itself how often a job was lost, because the limit differs from task to task. */
const NO_LIMIT = 1_000_000_000;

/** The pause before a command of a worker is repeated that had no connection, in milliseconds. */
const REPEAT = 1_000;

/** A revocation is remembered for so long, in milliseconds: it may come before the job that it is for. */
const EARLY = 10_000;

/** Serves a lane, by a worker of BullMQ. */
export class BullServer implements Server {
  private readonly context: BullContext;
  private readonly service: Service;
  private readonly worker: Worker<StoredData, StoredResult, string>;
  private readonly active = new Map<string, Active>();
  private readonly early = new Map<string, { readonly reason: string; readonly at: number }>();
  /** The pause that each failure asks for. */
  private readonly pauses = new WeakMap<Error, number>();
  private readonly beating: Repeating;
  private lastBeat = realTime();

  constructor(context: BullContext, service: Service) {
    const { bull, settings, connection } = context;
    const { lane, concurrency, rate, lock } = service;
    this.context = context;
    this.service = service;
    this.worker = new bull.Worker<StoredData, StoredResult, string>(
      queueName(settings.name, lane),
      (job, token) => this.process(job, token ?? ''),
      {
        connection: connection.redis,
        concurrency,
        ...(rate === null ? {} : { limiter: { max: rate.limit, duration: rate.interval } }),
        lockDuration: lock,
        stalledInterval: Math.ceil(lock / 2),
        maxStalledCount: NO_LIMIT,
        runRetryDelay: REPEAT,
        settings: { backoffStrategy: (_made, _type, error) => this.pauses.get(error as Error) ?? 0 },
      },
    );
    this.worker.on('error', (error) => connection.note(error));
    this.beating = new Repeating(Math.ceil(lock / 4), () => this.beat());
  }

  /** Waits until it can take jobs. */
  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  *runs(): Iterable<Run> {
    for (const { run } of this.active.values()) yield run;
  }

  /** Kills the run of a job that was revoked somewhere. */
  revoke(stored: string, reason: string): void {
    const active = this.active.get(stored);
    if (active !== undefined) {
      active.run.stop('revoked', reason);
      return;
    }
    const now = realTime();
    for (const [id, { at }] of this.early) if (now - at > EARLY) this.early.delete(id);
    this.early.set(stored, { reason, at: now });
  }

  *drain(): Coroutine<void> {
    const closing = this.worker.close();
    try {
      while (this.active.size > 0) {
        const isOver = yield* withTimeout(200, until(closing.then(() => true)), { timeoutValue: false });
        if (isOver) return;
      }
      // What remains is to tell the server, which may not be there.
      const isTold = yield* withTimeout(hub.cleanupGrace, until(closing.then(() => true)), { timeoutValue: false });
      if (!isTold)
        host.report('greenhub/tasks: the worker ends without an answer of its server, which gives its jobs to others');
    } finally {
      this.beating.stop();
    }
  }

  private process(job: StoredJob, token: string): Promise<StoredResult> {
    return new Promise((resolve, reject) => {
      const stored = job.id as string;
      const run = this.service.begin(this.taken(job), (outcome) => {
        this.active.delete(stored);
        if (outcome.kind === 'completed') resolve(resultOf(outcome.value));
        else this.give(job, token, outcome).catch(reject);
      });
      this.active.set(stored, { run, token });
      const early = this.early.get(stored);
      if (early !== undefined) {
        this.early.delete(stored);
        run.stop('revoked', early.reason);
      }
    });
  }

  /** Tells BullMQ what becomes of a job that has not completed. It does so by what it throws. */
  private async give(job: StoredJob, token: string, outcome: Exclude<Outcome, { kind: 'completed' }>): Promise<never> {
    const { UnrecoverableError, DelayedError, WaitingError } = this.context.bull;
    const stored = job.id as string;
    switch (outcome.kind) {
      case 'later':
        await job.moveToDelayed(realTime() + outcome.pause, token);
        throw new DelayedError();
      case 'returned':
        await job.moveToWait(token);
        throw new WaitingError();
      case 'revoked':
        await this.context.noteRevoked({ lane: this.service.lane, id: shownId(stored) }, outcome.reason);
        job.opts.removeOnFail = true;
        throw new UnrecoverableError(`revoked: ${outcome.reason}`);
      case 'failed': {
        const { failure, pause } = outcome;
        if (pause === null) await job.updateData({ ...job.data, failure });
        const error = pause === null ? new UnrecoverableError(failure.text) : new Error(failure.text);
        if (failure.stack !== '') error.stack = failure.stack;
        this.pauses.set(error, pause ?? 0);
        throw error;
      }
    }
  }

  private taken(job: StoredJob): TakenJob {
    const { data } = job;
    return {
      id: shownId(job.id as string),
      lane: this.service.lane,
      task: job.name,
      args: argsOf(data),
      attempt: job.attemptsMade + 1,
      attempts: job.opts.attempts ?? 1,
      lost: job.stalledCounter,
      expires: data.expires ?? null,
      takes: data.takes ?? 'nothing',
      children: () => this.resultsFor(job),
      setProgress: (value) => this.send(job.updateProgress(value as object)),
      log: (text) => this.send(job.log(text)),
    };
  }

  private *resultsFor(job: Job<StoredData>): Coroutine<readonly Payload[]> {
    const { name } = this.context.settings;
    const values: Record<string, StoredResult> = (yield* until(job.getChildrenValues())) ?? {};
    return childrenOf(job.data).map(({ lane, id }) => {
      const key = jobKey(name, lane, id);
      // A job that was revoked or removed while it waited is missing.
      if (!(key in values)) throw new GreenletExit(`the job ${id}, which comes before, was revoked or removed`);
      return payloadOf(values[key]);
    });
  }

  private send(sent: Promise<unknown>): void {
    sent.catch((error: Error) => this.context.connection.note(error));
  }

  /**
   * Looks whether the event loop was blocked for longer than a lock lives. BullMQ then cannot renew the locks. Unless another
   * worker has taken the jobs already, they are locked anew.
   */
  private beat(): void {
    const { lock, lane } = this.service;
    const now = realTime();
    const wasBlocked = now - this.lastBeat > lock;
    this.lastBeat = now;
    if (!wasBlocked) return;
    const { redis } = this.context.connection;
    const { name } = this.context.settings;
    for (const [stored, { token }] of this.active) {
      this.send(redis.set(`${jobKey(name, lane, shownId(stored))}:lock`, token, 'PX', lock, 'NX'));
    }
  }
}
