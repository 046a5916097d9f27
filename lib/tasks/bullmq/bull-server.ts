import type { Job } from 'bullmq';
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
import type { RevokedJob } from './administration.ts';
import type { BullContext } from './bull-context.ts';
import { type JobWorker, jobWorker } from './job-worker.ts';
import { jobKey, queueName, shownId, storedId } from './keys.ts';
import { storeError } from './store-error.ts';
import {
  argsOf,
  childrenOf,
  keptFor,
  LEAST_KEPT,
  payloadOf,
  resultOf,
  type StoredData,
  type StoredJob,
  type StoredResult,
} from './stored-job.ts';

interface Active {
  readonly stored: string;
  readonly token: string;
  /** When the job was stored. */
  readonly made: number;
  run: Run;
  /** Another worker runs the job, because the lock has ended. */
  isLost: boolean;
}

/** What BullMQ says of a job whose lock another worker has, or nobody: the job, and the command that was refused. */
const LOCK_ERROR = /^(?:could not renew lock|Missing lock|Lock mismatch) for job ([^\s.]+(?:\.[^\s.]+)*?)(?:\. (.+))?$/;

const NO_RUN: Run = { stop: () => {} };

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
  private readonly worker: JobWorker;
  private readonly active = new Map<string, Active>();
  private readonly early = new Map<string, { readonly revoked: RevokedJob; readonly at: number }>();
  /** The pause that each failure asks for. */
  private readonly pauses = new WeakMap<Error, number>();
  private readonly beating: Repeating;
  private lastBeat = realTime();
  private isReady = false;
  /** The jobs that were lost since the last beat. */
  private readonly lost = new Set<string>();

  constructor(context: BullContext, service: Service) {
    const { bull, settings, connection } = context;
    const { lane, concurrency, rate, lock } = service;
    this.context = context;
    this.service = service;
    this.worker = jobWorker(bull, queueName(settings.name, lane), (job, token) => this.process(job, token ?? ''), {
      connection: connection.redis,
      concurrency,
      ...(rate === null ? {} : { limiter: { max: rate.limit, duration: rate.interval } }),
      lockDuration: lock,
      stalledInterval: Math.ceil(lock / 2),
      maxStalledCount: NO_LIMIT,
      removeOnComplete: keptFor(settings.keepResults),
      removeOnFail: keptFor(Math.max(LEAST_KEPT, settings.keepFailures)),
      runRetryDelay: REPEAT,
      settings: { backoffStrategy: (_made, _type, error) => this.pauses.get(error as Error) ?? 0 },
    });
    this.worker.on('error', (error) => {
      const [, stored, command] = LOCK_ERROR.exec(error.message) ?? [];
      if (stored === undefined) connection.note(error);
      // Of a lock that was not renewed, lockRenewalFailed tells, too.
      else if (command !== undefined) this.lost.add(stored);
    });
    this.worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.send(this.relock(this.active.get(id)));
    });
    this.beating = new Repeating(Math.ceil(lock / 4), () => {
      this.lastBeat = realTime();
      this.reportLost();
    });
  }

  *ready(): Coroutine<void> {
    const { connection } = this.context;
    try {
      yield* until(this.worker.waitUntilReady());
      this.isReady = true;
    } catch (error) {
      throw storeError(error, connection.server);
    }
  }

  *runs(): Iterable<Run> {
    for (const { run } of this.active.values()) yield run;
  }

  /** Kills the run of a job that was revoked somewhere. */
  revoke(revoked: RevokedJob): void {
    const stored = storedId(revoked.id);
    const active = this.active.get(stored);
    if (active !== undefined) {
      stop(active, revoked);
      return;
    }
    const now = realTime();
    for (const [id, { at }] of this.early) if (now - at > EARLY) this.early.delete(id);
    this.early.set(stored, { revoked, at: now });
  }

  *drain(): Coroutine<void> {
    // Without a connection, there never was a job.
    const isUnused = !this.isReady && !this.context.connection.isUp;
    const closing = this.worker.close(isUnused);
    try {
      if (isUnused) {
        this.worker.giveUp();
        this.send(closing);
        return;
      }
      while (this.active.size > 0) {
        const isOver = yield* withTimeout(200, until(closing.then(() => true)), { timeoutValue: false });
        if (isOver) return;
      }
      // What remains is to tell the server, which may not be there.
      const isTold = yield* withTimeout(hub.cleanupGrace, until(closing.then(() => true)), { timeoutValue: false });
      if (isTold) return;
      this.worker.giveUp();
      host.report('greenhub/tasks: the worker ends without an answer of its server, which gives its jobs to others');
    } finally {
      this.beating.stop();
      this.reportLost();
    }
  }

  private process(job: StoredJob, token: string): Promise<StoredResult> {
    return job.data.takes === undefined ? this.run(job, token) : this.runAfterOthers(job, token);
  }

  /** Runs a job that takes the results of others. If it was retried, it may be there before them. */
  private async runAfterOthers(job: StoredJob, token: string): Promise<StoredResult> {
    const { WaitingChildrenError } = this.context.bull;
    let isEarly: boolean;
    try {
      isEarly = await job.moveToWaitingChildren(token);
    } catch (error) {
      const ending = await this.context.endingOfFailed(childrenOf(job.data));
      if (ending?.kind !== 'failed') throw error;
      return await this.give(job, token, { ...ending, pause: null });
    }
    if (isEarly) throw new WaitingChildrenError();
    return await this.run(job, token);
  }

  private run(job: StoredJob, token: string): Promise<StoredResult> {
    return new Promise((resolve, reject) => {
      const stored = job.id as string;
      const active: Active = { stored, token, made: job.timestamp, run: NO_RUN, isLost: false };
      active.run = this.service.begin(this.taken(job), (outcome) => {
        if (outcome.kind === 'completed' && !active.isLost && !this.wasBlocked()) {
          this.active.delete(stored);
          resolve(resultOf(outcome.value));
        } else this.conclude(active, job, outcome).then(resolve, reject);
      });
      this.active.set(stored, active);
      const early = this.early.get(stored);
      if (early !== undefined) {
        this.early.delete(stored);
        stop(active, early.revoked);
      }
    });
  }

  private async conclude(active: Active, job: StoredJob, outcome: Outcome): Promise<StoredResult> {
    try {
      if (this.wasBlocked()) await this.relock(active);
    } finally {
      this.active.delete(active.stored);
    }
    // BullMQ does nothing more with it.
    if (active.isLost) throw new this.context.bull.WaitingError();
    return outcome.kind === 'completed' ? resultOf(outcome.value) : await this.give(job, active.token, outcome);
  }

  /** Tells BullMQ what becomes of a job that has not completed. It does so by what it throws. */
  private async give(job: StoredJob, token: string, outcome: Exclude<Outcome, { kind: 'completed' }>): Promise<never> {
    const { UnrecoverableError, DelayedError, WaitingError } = this.context.bull;
    const stored = job.id as string;
    switch (outcome.kind) {
      case 'later':
        this.worker.release(stored);
        await job.moveToDelayed(realTime() + Math.ceil(outcome.pause), token);
        throw new DelayedError();
      case 'returned':
        this.worker.release(stored);
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
      attempts: job.opts.attempts || 1,
      isFirst: job.attemptsStarted <= 1,
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

  /** True if the event loop was blocked for longer than a lock lives, so that BullMQ could not renew the locks. */
  private wasBlocked(): boolean {
    return realTime() - this.lastBeat > this.service.lock;
  }

  /** Locks a job anew whose lock has ended, unless another worker has taken it already. */
  private async relock(active: Active | undefined): Promise<void> {
    if (active === undefined || active.isLost) return;
    const { lock, lane } = this.service;
    const { connection, settings } = this.context;
    const key = `${jobKey(settings.name, lane, shownId(active.stored))}:lock`;
    if ((await connection.redis.set(key, active.token, 'PX', lock, 'NX')) === 'OK') return;
    if ((await connection.redis.get(key)) === active.token) return;
    active.isLost = true;
    this.worker.release(active.stored);
    this.lost.add(active.stored);
  }

  private reportLost(): void {
    const { lost, service } = this;
    if (lost.size === 0) return;
    const [first = ''] = lost;
    const jobs = lost.size === 1 ? `the job ${shownId(first)}` : `${lost.size} jobs (the first is ${shownId(first)})`;
    lost.clear();
    host.report(
      `greenhub/tasks: this worker has lost ${jobs} to others, which run it again, because it did not renew the lock ` +
        `within ${service.lock} ms: it was too busy, or the server was away`,
    );
  }
}

/** Kills a run, unless the revocation is of an earlier job with its id. */
function stop({ run, made }: Active, revoked: RevokedJob): void {
  if (made === revoked.made) run.stop('revoked', revoked.reason);
}
