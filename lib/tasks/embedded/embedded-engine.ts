import { type AsyncContext, capturedContext, runInContext } from '../../greenlet/context.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { spawnLater } from '../../hub/tasks/spawn.ts';
import { Event } from '../../sync/event.ts';
import type { Core } from '../core.ts';
import type {
  Counts,
  Ending,
  Engine,
  EngineSettings,
  Failed,
  JobInfo,
  NewJob,
  Outcome,
  Place,
  Scheduled,
  Service,
  Timing,
} from '../engine.ts';
import { StoreError, unknownJob } from '../errors.ts';
import { JobRunner } from '../job-runner.ts';
import { wallTime } from '../wall-clock.ts';
import { EmbeddedJob, ownEnding } from './embedded-job.ts';
import { EmbeddedJobs } from './embedded-jobs.ts';
import { EmbeddedLane, type EmbeddedServer, type LaneOwner } from './embedded-lane.ts';
import { EmbeddedSchedules } from './embedded-schedules.ts';

/** How many tasks run at once where no worker was made. */
const OWN_CONCURRENCY = 100;

/** A lock that never ends, because this process is the only one. */
const NO_LOCK = Infinity;

/**
 * Keeps the jobs in this process, and runs them itself until the program makes a worker. All times follow the hub's clock, so
 * tests may use a `VirtualClock`.
 */
export class EmbeddedEngine implements Engine, LaneOwner {
  readonly isOpen = new Event();
  private readonly settings: EngineSettings;
  private readonly core: Core;
  private readonly runner: JobRunner;
  private readonly jobs: EmbeddedJobs;
  private readonly lanes = new Map<string, EmbeddedLane>();
  private readonly servers = new Set<EmbeddedServer>();
  private readonly timetable: EmbeddedSchedules;
  /** The context in which the app was made. */
  private readonly context: AsyncContext | null;
  /** False once the program has made a worker. */
  private servesItself = true;
  private isClosed = false;

  constructor(settings: EngineSettings, core: Core) {
    this.settings = settings;
    this.core = core;
    this.runner = new JobRunner(core);
    this.jobs = new EmbeddedJobs(settings);
    this.context = capturedContext();
    this.timetable = new EmbeddedSchedules({
      has: (id) => this.jobs.get(id) !== undefined,
      store: (job) => this.store(job),
      remove: (job) => this.drop(job),
    });
    this.isOpen.set();
  }

  now(): number {
    return wallTime();
  }

  describe(): string {
    return this.isClosed ? 'closed' : 'embedded';
  }

  trouble(): null {
    return null;
  }

  *add(jobs: readonly NewJob[]): Coroutine<void> {
    this.checkOpen();
    for (const job of jobs) this.store(new EmbeddedJob(job));
  }

  *locate(id: string): Coroutine<Place | null> {
    return this.open.get(id)?.made ?? null;
  }

  *look({ id }: Place): Coroutine<JobInfo | null> {
    return this.open.get(id)?.info() ?? null;
  }

  known(id: string): Ending | null {
    const ending = this.jobs.get(id)?.ending ?? null;
    return ending === null ? null : ownEnding(ending);
  }

  *watch({ id }: Place, isNew: boolean, ended: (ending: Ending) => void): Coroutine<() => void> {
    if (!isNew && this.open.get(id) === undefined) throw unknownJob(id);
    return this.open.watch(id, ended);
  }

  *revoke({ id }: Place, reason: string): Coroutine<void> {
    const job = this.open.get(id);
    if (job !== undefined) yield* this.revokeTree(job, reason);
  }

  handOver(): void {
    if (!this.servesItself) return;
    this.servesItself = false;
    // What runs goes on. It may wait for a job that the worker is to run.
    for (const server of this.servers) server.leave();
  }

  *serve(service: Service): Coroutine<EmbeddedServer> {
    this.checkOpen();
    return this.serveLane(service);
  }

  *schedule(name: string, timing: Timing, job: NewJob): Coroutine<void> {
    this.checkOpen();
    yield* this.timetable.set(name, timing, job);
  }

  *unschedule(name: string): Coroutine<boolean> {
    this.checkOpen();
    return this.timetable.delete(name);
  }

  *schedules(): Coroutine<Scheduled[]> {
    this.checkOpen();
    return this.timetable.list();
  }

  *counts(): Coroutine<Map<string, Counts>> {
    const counts = new Map<string, Counts>();
    for (const lane of this.settings.lanes())
      counts.set(lane, { waiting: 0, delayed: 0, active: 0, completed: 0, failed: 0 });
    for (const job of this.open.list()) {
      const { status } = job.info();
      const { lane } = job.made;
      const before = counts.get(lane) ?? { waiting: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
      counts.set(lane, status === 'revoked' ? before : { ...before, [status]: before[status] + 1 });
    }
    return counts;
  }

  *failed(limit: number): Coroutine<Failed[]> {
    const failed = this.open.failed().slice(0, limit);
    return failed.map(({ made: { id, lane, task }, ending, failures, endedAt }) => {
      const { failure } = ending as Extract<Ending, { kind: 'failed' }>;
      return { id, lane, task, attempts: failures, at: endedAt, failure };
    });
  }

  *retry({ id }: Place): Coroutine<boolean> {
    const job = this.open.get(id);
    if (job?.ending?.kind !== 'failed') return false;
    this.revive(job);
    return true;
  }

  *remove({ id }: Place): Coroutine<boolean> {
    const job = this.open.get(id);
    if (job === undefined || runs(job)) return false;
    this.dropTree(job);
    return true;
  }

  *drain(): Coroutine<void> {
    // As BullMQ, it leaves the next job of each schedule, and what waits for a job that runs.
    for (const job of this.open.list()) {
      const isMeant = (job.state === 'waiting' || job.state === 'delayed') && job.onLeft === null;
      for (let each = isMeant ? job : null; each !== null; each = each.parent) this.drop(each);
    }
  }

  *pause(): Coroutine<void> {
    this.checkOpen();
    this.isOpen.clear();
  }

  *resume(): Coroutine<void> {
    this.checkOpen();
    this.isOpen.set();
  }

  *close(): Coroutine<void> {
    this.isClosed = true;
    this.timetable.clear();
    const reason = 'the app was closed';
    for (const job of this.jobs.list()) if (job.ending === null) this.drop(job, reason);
    for (const server of this.servers) for (const run of server.runs()) run.stop('revoked', reason);
    for (const server of [...this.servers]) yield* server.drain();
    this.jobs.clear();
  }

  taken(job: EmbeddedJob): void {
    job.state = 'active';
    job.starts += 1;
    job.left();
  }

  ended(job: EmbeddedJob, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'later':
        this.ready(job, outcome.pause);
        break;
      case 'returned':
        this.ready(job, 0);
        break;
      case 'failed':
        job.failures += 1;
        if (outcome.pause !== null) this.ready(job, outcome.pause);
        else this.end(job, { kind: 'failed', failure: outcome.failure });
        break;
      default:
        this.end(job, outcome);
    }
  }

  private store(job: EmbeddedJob): void {
    if (!this.jobs.add(job)) return;
    for (const child of job.children) this.store(child);
    if (job.isBlocked) job.state = 'blocked';
    else this.ready(job, job.made.delay);
  }

  /** Makes it wait for a worker, after a delay. */
  private ready(job: EmbeddedJob, delay: number): void {
    if (delay > 0) {
      job.state = 'delayed';
      job.timer = spawnLater(delay, becomeReady, this, job);
      return;
    }
    job.timer = null;
    job.state = 'waiting';
    const { lane: name } = job.made;
    const lane = this.laneOf(name);
    lane.push(job);
    if (this.servesItself && !lane.isServed) this.serveItself(name);
  }

  /** @internal */
  delayOver(job: EmbeddedJob): void {
    this.ready(job, 0);
  }

  private end(job: EmbeddedJob, ending: Ending): void {
    job.timer?.kill();
    job.timer = null;
    job.state = 'ended';
    job.ending = ending;
    job.endedAt = this.now();
    this.jobs.ended(job);
    // A schedule goes on if its next job was removed.
    job.left();
    const watchers = [...job.watchers];
    job.watchers.clear();
    for (const watcher of watchers) watcher(ownEnding(ending));
    const { parent } = job;
    if (parent === null || parent.ending !== null) return;
    if (ending.kind !== 'completed') this.end(parent, ending);
    else if (parent.state === 'blocked' && !parent.isBlocked) this.ready(parent, 0);
  }

  /** Revokes a job, and what it waits for. */
  private *revokeTree(job: EmbeddedJob, reason: string): Coroutine<void> {
    if (job.ending === null && job.run === null) this.end(job, { kind: 'revoked', reason });
    else if (job.run !== null) {
      const over = new Event();
      job.watchers.add(() => over.set());
      job.run.stop('revoked', reason);
      yield* over.wait();
    }
    for (const child of job.children) yield* this.revokeTree(child, reason);
  }

  /** Lets a job that has failed run again, after those that it waits for. */
  private revive(job: EmbeddedJob): void {
    job.ending = null;
    job.starts = 0;
    job.failures = 0;
    this.jobs.revived(job);
    for (const child of job.children) if (child.ending?.kind === 'failed') this.revive(child);
    const revoked = job.children.find(({ ending }) => ending?.kind === 'revoked')?.ending;
    if (revoked != null) this.end(job, revoked);
    else if (job.isBlocked) job.state = 'blocked';
    else this.ready(job, 0);
  }

  /** Removes a job, unless it runs. */
  private drop(job: EmbeddedJob, reason = 'the job was removed'): void {
    if (job.state === 'active') return;
    if (job.ending === null) this.end(job, { kind: 'revoked', reason });
    this.jobs.delete(job);
  }

  /** Removes a job, and those that it waits for. */
  private dropTree(job: EmbeddedJob): void {
    this.drop(job);
    for (const child of job.children) this.dropTree(child);
  }

  private laneOf(name: string): EmbeddedLane {
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = new EmbeddedLane(this);
      this.lanes.set(name, lane);
    }
    return lane;
  }

  /** Serves a lane until the program makes a worker. */
  private serveItself(name: string): void {
    const { rate, concurrency } = this.core.laneLimits(name);
    const begin: Service['begin'] = (job, ended) => this.runner.begin(job, ended);
    const service = { lane: name, concurrency: concurrency ?? OWN_CONCURRENCY, rate, lock: NO_LOCK, begin };
    runInContext(this.context, () => void this.serveLane(service));
  }

  private serveLane(service: Service): EmbeddedServer {
    for (const each of this.servers) if (each.isOver) this.servers.delete(each);
    const server = this.laneOf(service.lane).serve(service);
    this.servers.add(server);
    return server;
  }

  /** The jobs of an app that is not closed. */
  private get open(): EmbeddedJobs {
    this.checkOpen();
    return this.jobs;
  }

  private checkOpen(): void {
    if (this.isClosed) throw new StoreError('closed', `the app ${this.settings.name} was closed`);
  }
}

/** True if a job runs, or one that it waits for. */
function runs(job: EmbeddedJob): boolean {
  return job.state === 'active' || job.children.some(runs);
}

const becomeReady = /* @__PURE__ */ helper((engine: EmbeddedEngine, job: EmbeddedJob): void => engine.delayOver(job));
