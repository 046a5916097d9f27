import { type AsyncContext, capturedContext, runInContext } from '../../greenlet/context.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import { sleep } from '../../hub/parking/sleep.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { Event } from '../../sync/event.ts';
import { Heap } from '../../sync/heap.ts';
import { Semaphore } from '../../sync/semaphore.ts';
import type { Outcome, Rate, Run, Server, Service } from '../engine.ts';
import type { EmbeddedJob } from './embedded-job.ts';
import { RateWindow } from './rate-window.ts';

/** What a lane tells its engine. */
export interface LaneOwner {
  /** Set unless all is paused. */
  readonly isOpen: Event;
  taken(job: EmbeddedJob): void;
  ended(job: EmbeddedJob, outcome: Outcome): void;
}

/** The waiting jobs of a lane, and who serves them. */
export class EmbeddedLane {
  readonly owner: LaneOwner;
  private readonly waiting = new Heap<EmbeddedJob>((a, b) => a.made.priority - b.made.priority);
  private readonly servers = new Set<EmbeddedServer>();
  private window: RateWindow | null = null;

  constructor(owner: LaneOwner) {
    this.owner = owner;
  }

  get isServed(): boolean {
    return this.servers.size > 0;
  }

  push(job: EmbeddedJob): void {
    this.waiting.add(job);
    this.wake();
  }

  /** False if nothing is left to run. Forgets jobs that have ended meanwhile. */
  hasWaiting(): boolean {
    while (this.waiting.size > 0 && this.waiting.first().state !== 'waiting') this.waiting.take();
    return this.waiting.size > 0;
  }

  /** The next job; null if none waits. */
  shift(): EmbeddedJob | null {
    return this.hasWaiting() ? this.waiting.take() : null;
  }

  /** The window of a rate, which all servers of the lane share. */
  windowOf(rate: Rate | null): RateWindow | null {
    if (rate === null) return null;
    this.window ??= new RateWindow(rate);
    return this.window;
  }

  serve(service: Service): EmbeddedServer {
    const server = new EmbeddedServer(this, service);
    this.servers.add(server);
    server.wake();
    return server;
  }

  leave(server: EmbeddedServer): void {
    this.servers.delete(server);
  }

  private wake(): void {
    for (const server of this.servers) server.wake();
  }
}

/** Takes the jobs of a lane. Its greenlet is there only while jobs wait. */
export class EmbeddedServer implements Server {
  private readonly lane: EmbeddedLane;
  private readonly service: Service;
  private readonly slots: Semaphore;
  private readonly active = new Set<Run>();
  private readonly idle = new Event();
  private readonly context: AsyncContext | null;
  private pump: Greenlet<void> | null = null;
  private isDraining = false;

  constructor(lane: EmbeddedLane, service: Service) {
    this.lane = lane;
    this.service = service;
    this.slots = new Semaphore(service.concurrency);
    this.context = capturedContext();
    this.idle.set();
  }

  runs(): Iterable<Run> {
    return this.active;
  }

  *ready(): Coroutine<void> {}

  wake(): void {
    if (this.isDraining || (this.pump !== null && !this.pump.ready())) return;
    // The caller that wakes it stores a job. Its context is not that of the jobs that run.
    runInContext(this.context, () => {
      this.pump = spawn(pumping, this);
    });
  }

  /** True if it has left its lane, and all that it ran has ended. */
  get isOver(): boolean {
    return this.isDraining && this.active.size === 0;
  }

  /** Takes no more jobs. */
  leave(): void {
    this.isDraining = true;
    this.lane.leave(this);
    this.pump?.kill();
  }

  *drain(): Coroutine<void> {
    this.leave();
    if (this.pump !== null) yield* this.pump.join();
    yield* this.idle.wait();
  }

  /** @internal Runs what waits. */
  *work(): Coroutine<void> {
    const { lane, service, slots } = this;
    const window = lane.windowOf(service.rate);
    while (lane.hasWaiting()) {
      yield* slots.acquire();
      let job: EmbeddedJob | null = null;
      try {
        yield* this.turn(window);
        job = lane.shift();
      } finally {
        if (job === null) slots.release();
      }
      if (job === null) continue;
      window?.started();
      this.begin(job);
    }
  }

  /** Waits until it may take a job. When its rate allows that, the app may be paused meanwhile. */
  private *turn(window: RateWindow | null): Coroutine<void> {
    const { isOpen } = this.lane.owner;
    for (;;) {
      while (!isOpen.isSet()) yield* isOpen.wait();
      const pause = window?.pause() ?? 0;
      if (pause === 0) return;
      yield* sleep(pause);
    }
  }

  private begin(job: EmbeddedJob): void {
    const { lane, service } = this;
    lane.owner.taken(job);
    const run = service.begin(job.taken(), (outcome) => {
      this.active.delete(run);
      job.run = null;
      this.slots.release();
      if (this.active.size === 0) this.idle.set();
      lane.owner.ended(job, outcome);
    });
    job.run = run;
    this.active.add(run);
    this.idle.clear();
  }
}

const pumping = /* @__PURE__ */ helper(function* (server: EmbeddedServer): Coroutine<void> {
  yield* server.work();
});
