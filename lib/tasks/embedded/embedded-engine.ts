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
import { StoreError } from '../errors.ts';
import { JobRunner } from '../job-runner.ts';
import { wallTime } from '../wall-clock.ts';
import { EmbeddedJob } from './embedded-job.ts';
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
  private readonly all = new Map<string, EmbeddedJob>();
  private readonly lanes = new Map<string, EmbeddedLane>();
  private readonly servers = new Set<EmbeddedServer>();
  private readonly timetable: EmbeddedSchedules;
  /** False once the program has made a worker. */
  private servesItself = true;
  private isClosed = false;

  constructor(settings: EngineSettings, core: Core) {
    this.settings = settings;
    this.core = core;
    this.runner = new JobRunner(core);
    this.timetable = new EmbeddedSchedules({
      store: (job) => this.store(job),
      remove: ({ made }) => this.remove(made),
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
    return this.all.get(id)?.made ?? null;
  }

  *look({ id }: Place): Coroutine<JobInfo | null> {
    return this.all.get(id)?.info() ?? null;
  }

  *watch({ id }: Place, _isNew: boolean, ended: (ending: Ending) => void): Coroutine<() => void> {
    const job = this.all.get(id);
    if (job?.ending != null) ended(job.ending);
    const watchers = job?.watchers ?? this.expected(id);
    watchers.add(ended);
    return () => {
      watchers.delete(ended);
      if (watchers.size === 0) this.awaited.delete(id);
    };
  }

  *revoke({ id }: Place, reason: string): Coroutine<void> {
    const job = this.all.get(id);
    if (job === undefined || job.ending !== null) return;
    if (job.run === null) {
      this.end(job, { kind: 'revoked', reason });
      return;
    }
    const over = new Event();
    const ended = (): void => over.set();
    job.watchers.add(ended);
    job.run.stop('revoked', reason);
    yield* over.wait();
  }

  *serve(service: Service): Coroutine<EmbeddedServer> {
    this.checkOpen();
    if (this.servesItself) {
      this.servesItself = false;
      for (const server of this.servers) yield* server.drain();
    }
    return this.serveLane(service);
  }

  *schedule(name: string, timing: Timing, job: NewJob): Coroutine<void> {
    this.checkOpen();
    yield* this.timetable.set(name, timing, job);
  }

  *unschedule(name: string): Coroutine<boolean> {
    return yield* this.timetable.delete(name);
  }

  *schedules(): Coroutine<Scheduled[]> {
    return this.timetable.list();
  }

  *counts(): Coroutine<Map<string, Counts>> {
    const counts = new Map<string, Counts>();
    for (const lane of this.settings.lanes())
      counts.set(lane, { waiting: 0, delayed: 0, active: 0, completed: 0, failed: 0 });
    for (const job of this.all.values()) {
      const { status } = job.info();
      const { lane } = job.made;
      const before = counts.get(lane) ?? { waiting: 0, delayed: 0, active: 0, completed: 0, failed: 0 };
      counts.set(lane, status === 'revoked' ? before : { ...before, [status]: before[status] + 1 });
    }
    return counts;
  }

  *failed(limit: number): Coroutine<Failed[]> {
    const failed: Failed[] = [];
    for (const { made, ending, failures, endedAt } of this.all.values()) {
      if (ending?.kind !== 'failed') continue;
      const { id, lane, task } = made;
      failed.push({ id, lane, task, attempts: failures, at: endedAt, failure: ending.failure });
    }
    return failed.sort((a, b) => b.at - a.at).slice(0, limit);
  }

  *retry({ id }: Place): Coroutine<boolean> {
    const job = this.all.get(id);
    if (job?.ending?.kind !== 'failed') return false;
    job.ending = null;
    job.failures = 0;
    this.ready(job, 0);
    return true;
  }

  *remove({ id }: Place): Coroutine<boolean> {
    const job = this.all.get(id);
    if (job === undefined || job.state === 'active') return false;
    if (job.ending === null) this.end(job, { kind: 'revoked', reason: 'the job was removed' });
    this.all.delete(id);
    return true;
  }

  *drain(): Coroutine<void> {
    for (const job of [...this.all.values()]) if (job.ending === null) yield* this.remove(job.made);
  }

  *pause(): Coroutine<void> {
    this.isOpen.clear();
  }

  *resume(): Coroutine<void> {
    this.isOpen.set();
  }

  *close(): Coroutine<void> {
    this.isClosed = true;
    this.timetable.clear();
    yield* this.drain();
    for (const server of this.servers) for (const run of server.runs()) run.stop('revoked', 'the app was closed');
    for (const server of [...this.servers]) yield* server.drain();
    this.all.clear();
  }

  taken(job: EmbeddedJob): void {
    job.state = 'active';
    job.onTaken?.();
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

  /** Watchers of jobs that are not there yet, by id. */
  private readonly awaited = new Map<string, Set<(ending: Ending) => void>>();

  private expected(id: string): Set<(ending: Ending) => void> {
    const watchers = this.awaited.get(id) ?? new Set();
    this.awaited.set(id, watchers);
    return watchers;
  }

  private store(job: EmbeddedJob): void {
    const { id, delay } = job.made;
    const there = this.all.get(id);
    const awaiting = this.awaited.get(id) ?? [];
    this.awaited.delete(id);
    if (there !== undefined) {
      this.join(there, awaiting);
      return;
    }
    for (const watcher of awaiting) job.watchers.add(watcher);
    this.all.set(id, job);
    for (const child of job.children) this.store(child);
    if (job.isBlocked) job.state = 'blocked';
    else this.ready(job, delay);
  }

  /** Lets the watchers of a job that is stored a second time watch the one that is there. */
  private join({ ending, watchers }: EmbeddedJob, awaiting: Iterable<(ending: Ending) => void>): void {
    for (const watcher of awaiting) {
      if (ending !== null) watcher(ending);
      else watchers.add(watcher);
    }
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
    this.forget();
    const watchers = [...job.watchers];
    job.watchers.clear();
    for (const watcher of watchers) watcher(ending);
    const { parent } = job;
    if (parent === null || parent.ending !== null) return;
    if (ending.kind !== 'completed') this.end(parent, ending);
    else if (parent.state === 'blocked' && !parent.isBlocked) this.ready(parent, 0);
  }

  /** Results are looked at in the order of their jobs, so some are kept longer. */
  private forget(): void {
    const { keepResults, keepFailures } = this.settings;
    const now = this.now();
    for (const [id, { ending, endedAt }] of this.all) {
      if (ending === null) break;
      if (endedAt + (ending.kind === 'failed' ? keepFailures : keepResults) > now) break;
      this.all.delete(id);
    }
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
    this.serveLane({ lane: name, concurrency: concurrency ?? OWN_CONCURRENCY, rate, lock: NO_LOCK, begin });
  }

  private serveLane(service: Service): EmbeddedServer {
    const server = this.laneOf(service.lane).serve(service);
    this.servers.add(server);
    return server;
  }

  private checkOpen(): void {
    if (this.isClosed) throw new StoreError('closed', `the app ${this.settings.name} was closed`);
  }
}

const becomeReady = /* @__PURE__ */ helper((engine: EmbeddedEngine, job: EmbeddedJob): void => engine.delayOver(job));
