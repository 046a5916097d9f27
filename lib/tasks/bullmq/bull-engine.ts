import type { FlowProducer } from 'bullmq';
import type { Coroutine } from '../../greenlet/operation.ts';
import { withTimeout } from '../../hub/cancellation/with-timeout.ts';
import { hub } from '../../hub/loop/hub.ts';
import { sleep } from '../../hub/parking/sleep.ts';
import { until } from '../../hub/parking/until.ts';
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
import { StoreError, UnknownJobError } from '../errors.ts';
import { ownCopy } from '../payload.ts';
import { realTime } from '../wall-clock.ts';
import { countsOf, failedOf, find, retry, schedule, schedulesOf, stop, unschedule } from './administration.ts';
import { BullContext } from './bull-context.ts';
import type { BullLane } from './bull-lane.ts';
import { BullServer } from './bull-server.ts';
import { NOT_YET, serverOf } from './connection.ts';
import { revokedChannel, storedId } from './keys.ts';
import { loadBull } from './load-bullmq.ts';
import { storeError } from './store-error.ts';
import { dataOf, flowOf, optionsOf } from './stored-job.ts';

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
  private flows: FlowProducer | null = null;
  private subscribed: Promise<unknown> | null = null;
  private isClosed = false;

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
    if (this.context !== null && !this.isClosed) {
      yield* this.asked(this.store(this.context, jobs));
      return;
    }
    // The caller may change what waits here.
    const own = jobs.map((job) => ({ ...job, args: ownCopy(job.args) }));
    yield* this.asked(this.store(yield* this.ready(), own));
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
    const unwatch = lane.watch(place.id, ended);
    if (isNew) return unwatch;
    try {
      const info = yield* this.asked(lane.info(place.id));
      if (info === null) throw new UnknownJobError(`nothing is known of the job ${JSON.stringify(place.id)} any more`);
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
    const lane = context.lane(place.lane);
    const before = yield* this.asked(context.info(place));
    if (before === null || before.ending !== null) return;
    yield* this.asked(context.noteRevoked(place, reason));
    for (let pause = SOON; ; pause = Math.min(2 * pause, SELDOM)) {
      if (yield* this.asked(stop(context, lane, place, reason))) return;
      yield* sleep(pause);
    }
  }

  *serve(service: Service): Coroutine<BullServer> {
    const context = yield* this.ready();
    context.connection.isServing = true;
    yield* this.asked(this.subscribe(context));
    yield* this.asked(context.register(service.lane));
    const server = new BullServer(context, service);
    const there = this.servers.get(service.lane) ?? new Set();
    this.servers.set(service.lane, there.add(server));
    yield* this.asked(server.ready());
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

  *retry({ lane, id }: Place): Coroutine<boolean> {
    const context = yield* this.ready();
    return yield* this.asked(retry(context.lane(lane), id));
  }

  *remove({ lane, id }: Place): Coroutine<boolean> {
    const context = yield* this.ready();
    const removed = yield* this.asked(context.lane(lane).queue.remove(storedId(id)));
    yield* this.asked(context.forgetRevoked(id));
    return removed === 1;
  }

  *drain(): Coroutine<void> {
    yield* this.each((lane) => lane.queue.drain(true));
  }

  *pause(): Coroutine<void> {
    yield* this.each((lane) => lane.queue.pause());
  }

  *resume(): Coroutine<void> {
    yield* this.each((lane) => lane.queue.resume());
  }

  *close(): Coroutine<void> {
    this.isClosed = true;
    const { loading } = this;
    if (loading === null) return;
    const context = yield* until(loading);
    this.subscriber?.disconnect();
    const closing = Promise.all([this.flows?.close(), context.close()]).then(() => true);
    // Without a connection, BullMQ would wait for one.
    const patience = context.connection.isUp ? hub.cleanupGrace : 0;
    yield* withTimeout(patience, until(closing), { timeoutValue: false });
    context.connection.close();
  }

  private subscriber: ReturnType<BullContext['connection']['another']> | null = null;

  /** Loads BullMQ and connects, once. */
  private *ready(): Coroutine<BullContext> {
    if (this.isClosed) throw new StoreError('closed', `the app ${this.settings.name} was closed`);
    if (this.context !== null) return this.context;
    this.loading ??= this.load();
    return yield* until(this.loading);
  }

  private async load(): Promise<BullContext> {
    this.context = new BullContext(await loadBull(), this.settings, this.url);
    return this.context;
  }

  /** Waits for the server. */
  private *asked<T>(answer: Promise<T>): Coroutine<T> {
    try {
      return yield* until(answer);
    } catch (error) {
      throw storeError(error, this.context?.connection.server ?? '');
    }
  }

  private *each(act: (lane: BullLane) => Promise<unknown>): Coroutine<void> {
    const context = yield* this.ready();
    const lanes = yield* this.asked(context.allLanes());
    yield* this.asked(Promise.all(lanes.map(act)));
  }

  private store(context: BullContext, jobs: readonly NewJob[]): Promise<unknown> {
    const [first] = jobs as [NewJob];
    const isFlat = jobs.every(({ children, lane }) => children.length === 0 && lane === first.lane);
    const names = isFlat ? [first.lane] : [...new Set(jobs.flatMap((job) => [...lanesOf(job)]))];
    const unknown = names.filter((name) => !context.knows(name));
    if (unknown.length === 0) return this.send(context, jobs, isFlat);
    // It leaves before the job, on the same connection. If the server refuses, it refuses both.
    const registered = unknown.map((name) => context.register(name));
    return Promise.all([this.send(context, jobs, isFlat), ...registered]);
  }

  private send(context: BullContext, jobs: readonly NewJob[], isFlat: boolean): Promise<unknown> {
    const { settings } = this;
    const [first] = jobs as [NewJob];
    if (!isFlat) {
      this.flows ??= new context.bull.FlowProducer({ connection: context.connection.redis });
      return this.flows.addBulk(jobs.map((job) => flowOf(job, settings)));
    }
    const { queue } = context.lane(first.lane);
    if (jobs.length === 1) return queue.add(first.task, dataOf(first), optionsOf(first));
    return queue.addBulk(jobs.map((job) => ({ name: job.task, data: dataOf(job), opts: optionsOf(job) })));
  }

  private subscribe(context: BullContext): Promise<unknown> {
    if (this.subscribed !== null) return this.subscribed;
    const subscriber = context.connection.another();
    this.subscriber = subscriber;
    subscriber.on('message', (_channel: string, text: string) => {
      const { lane, id, reason }: Place & { reason: string } = JSON.parse(text);
      for (const server of this.servers.get(lane) ?? []) server.revoke(storedId(id), reason);
    });
    this.subscribed = subscriber.subscribe(revokedChannel(this.settings.name));
    return this.subscribed;
  }
}

function* lanesOf({ lane, children }: NewJob): Iterable<string> {
  yield lane;
  for (const child of children) yield* lanesOf(child);
}
