import type { Coroutine } from '../../greenlet/operation.ts';
import { withTimeout } from '../../hub/cancellation/with-timeout.ts';
import { hub } from '../../hub/loop/hub.ts';
import { sleep } from '../../hub/parking/sleep.ts';
import { until } from '../../hub/parking/until.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { closeAfterSignal } from '../../hub/tasks/run.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import type {
  Counts,
  Ending,
  Engine,
  EngineSettings,
  Failed,
  JobInfo,
  NewJob,
  Place,
  Scheduled,
  Service,
  Timing,
} from '../engine.ts';
import { StoreError, unknownJob } from '../errors.ts';
import { realTime } from '../wall-clock.ts';
import {
  countsOf,
  failedOf,
  find,
  type RevokedJob,
  retry,
  schedule,
  schedulesOf,
  stop,
  unschedule,
} from './administration.ts';
import { BullContext } from './bull-context.ts';
import { BullServer } from './bull-server.ts';
import { NOT_YET, serverOf } from './connection.ts';
import { revokedChannel, storedId } from './keys.ts';
import { loadBull } from './load-bullmq.ts';
import { storeError } from './store-error.ts';

/** The first pause between two looks at a job that was revoked, and the longest, in milliseconds. */
const SOON = 10;
const SELDOM = 500;

/** Keeps the jobs in Redis or Valkey, by BullMQ, which is loaded when it is first needed. */
export class BullEngine implements Engine {
  private readonly settings: EngineSettings;
  private readonly url: string;
  private readonly servers = new Map<string, Set<BullServer>>();
  private loading: Promise<BullContext> | null = null;
  private context: BullContext | null = null;
  private subscribed: Promise<unknown> | null = null;
  private isClosed = false;
  private keepOpen: () => void = () => {};

  constructor(settings: EngineSettings, url: string) {
    this.settings = settings;
    this.url = url;
  }

  now(): number {
    return realTime();
  }

  describe(): string {
    if (this.isClosed) return 'closed';
    return this.context === null ? 'not connected yet' : `at ${this.context.connection.server}`;
  }

  trouble(): Error | null {
    if (this.context !== null) return this.context.connection.trouble();
    return new StoreError('unreachable', `the server ${serverOf(this.url)} cannot be reached: ${NOT_YET}`);
  }

  *add(jobs: readonly NewJob[]): Coroutine<void> {
    if (jobs.length === 0) return;
    const context = yield* this.ready();
    const [{ isNamed, children, lane, id }] = jobs as [NewJob];
    // BullMQ would store the calls before it once more.
    if (isNamed && children.length > 0 && (yield* this.asked(context.lane(lane).has(id)))) return;
    yield* this.asked(context.store.add(jobs));
    for (const job of jobs) context.lane(job.lane).stored(job.id);
  }

  known(): null {
    return null;
  }

  *locate(id: string): Coroutine<Place | null> {
    const context = yield* this.ready();
    return yield* this.asked(find(context, id));
  }

  *look(place: Place): Coroutine<JobInfo | null> {
    const context = yield* this.ready();
    return yield* this.asked(context.info(place));
  }

  *watch(place: Place, isNew: boolean, ended: (ending: Ending) => void): Coroutine<() => void> {
    const lane = (yield* this.ready()).lane(place.lane);
    if (!lane.isListening) yield* this.asked(lane.listen());
    const unwatch = lane.watch(place.id, ended, isNew);
    if (isNew) return unwatch;
    try {
      const info = yield* this.asked(lane.info(place.id));
      if (info === null) throw unknownJob(place.id);
      if (info.ending === null) return unwatch;
      unwatch();
      ended(info.ending);
      return () => {};
    } catch (error) {
      unwatch();
      throw error;
    }
  }

  *revoke(place: Place, reason: string): Coroutine<void> {
    const context = yield* this.ready();
    const before = yield* this.asked(context.info(place));
    if (before === null) return;
    const { ending, children, made } = before;
    const { lane, id } = place;
    if (ending === null) yield* this.revokeOne(context, { lane, id, reason, made });
    // They come last, because a job runs once those that it waits for are gone.
    for (const child of children) yield* this.revoke(child, reason);
  }

  handOver(): void {}

  *serve(service: Service): Coroutine<BullServer> {
    const context = yield* this.ready();
    context.connection.isServing = true;
    yield* this.asked(this.subscribe(context));
    yield* this.asked(context.register(service.lane));
    const server = new BullServer(context, service);
    const there = this.servers.get(service.lane) ?? new Set();
    this.servers.set(service.lane, there.add(server));
    return server;
  }

  *schedule(name: string, timing: Timing, job: NewJob): Coroutine<void> {
    const context = yield* this.ready();
    yield* this.asked(schedule(context, name, timing, job));
  }

  *unschedule(name: string): Coroutine<boolean> {
    const context = yield* this.ready();
    return yield* this.asked(unschedule(context, name));
  }

  *schedules(): Coroutine<Scheduled[]> {
    const context = yield* this.ready();
    const lanes = yield* this.asked(context.allLanes());
    return (yield* this.asked(Promise.all(lanes.map(schedulesOf)))).flat();
  }

  *counts(): Coroutine<Map<string, Counts>> {
    const context = yield* this.ready();
    const lanes = yield* this.asked(context.allLanes());
    return new Map(yield* this.asked(Promise.all(lanes.map(countsOf))));
  }

  *failed(limit: number): Coroutine<Failed[]> {
    const context = yield* this.ready();
    const lanes = yield* this.asked(context.allLanes());
    const failed = yield* this.asked(Promise.all(lanes.map((lane) => failedOf(lane, limit))));
    return failed
      .flat()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  *retry(place: Place): Coroutine<boolean> {
    const context = yield* this.ready();
    return yield* this.asked(retry(context, place));
  }

  *remove({ lane, id }: Place): Coroutine<boolean> {
    const context = yield* this.ready();
    const removed = yield* this.asked(context.lane(lane).queue.remove(storedId(id)));
    if (removed === 1) yield* this.asked(context.forgetRevoked(id));
    return removed === 1;
  }

  *drain(): Coroutine<void> {
    const context = yield* this.ready();
    const lanes = yield* this.asked(context.allLanes());
    yield* this.asked(Promise.all(lanes.map((lane) => lane.drain())));
  }

  *pause(): Coroutine<void> {
    const context = yield* this.ready();
    yield* this.asked(context.setPaused(true));
  }

  *resume(): Coroutine<void> {
    const context = yield* this.ready();
    yield* this.asked(context.setPaused(false));
  }

  *close(): Coroutine<void> {
    this.isClosed = true;
    this.keepOpen();
    const { loading } = this;
    if (loading === null) return;
    const context = yield* until(loading);
    this.subscriber?.disconnect();
    const closing = context.close().then(() => true);
    // Without a connection, BullMQ would wait for one.
    const patience = context.connection.isUp ? hub.cleanupGrace : 0;
    yield* withTimeout(patience, until(closing), { timeoutValue: false });
    context.connection.close();
  }

  private subscriber: ReturnType<BullContext['connection']['another']> | null = null;

  /** Loads BullMQ and connects, once. */
  private *ready(): Coroutine<BullContext> {
    if (this.isClosed) throw this.closed();
    if (this.context !== null) return this.context;
    this.loading ??= this.load();
    return yield* until(this.loading);
  }

  private async load(): Promise<BullContext> {
    this.context = new BullContext(await loadBull(), this.settings, this.url);
    // Its connections must not keep the process alive.
    if (!this.isClosed) this.keepOpen = closeAfterSignal(() => void spawn(closeEngine, this));
    return this.context;
  }

  /** Waits for the server. */
  private *asked<T>(answer: Promise<T>): Coroutine<T> {
    try {
      return yield* until(answer);
    } catch (error) {
      const told = storeError(error, this.context?.connection.server ?? '');
      const isOver = this.isClosed && told instanceof StoreError && told.code === 'unreachable';
      throw isOver ? this.closed(error) : told;
    }
  }

  private closed(cause?: unknown): StoreError {
    return new StoreError('closed', `the app ${this.settings.name} was closed`, { cause });
  }

  private *revokeOne(context: BullContext, revoked: RevokedJob): Coroutine<void> {
    yield* this.asked(context.noteRevoked(revoked, revoked.reason));
    for (let pause = SOON; ; pause = Math.min(2 * pause, SELDOM)) {
      if (yield* this.asked(stop(context, revoked))) return;
      yield* sleep(pause);
    }
  }

  private subscribe(context: BullContext): Promise<unknown> {
    if (this.subscribed !== null) return this.subscribed;
    const subscriber = context.connection.another();
    this.subscriber = subscriber;
    subscriber.on('message', (_channel: string, text: string) => {
      const revoked: RevokedJob = JSON.parse(text);
      for (const server of this.servers.get(revoked.lane) ?? []) server.revoke(revoked);
    });
    this.subscribed = subscriber.subscribe(revokedChannel(this.settings.name)).catch((error) => {
      // The next worker tries again.
      this.subscribed = null;
      subscriber.disconnect();
      throw error;
    });
    return this.subscribed;
  }
}

const closeEngine = /* @__PURE__ */ helper(function* (engine: BullEngine): Coroutine<void> {
  yield* engine.close();
});
