import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { counted, line, Shown, TEXT } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedTime } from '../hub/checks/checks.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { sleep } from '../hub/parking/sleep.ts';
import { onEndSignal } from '../hub/tasks/end-signal.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { race } from '../pool/race.ts';
import { Event } from '../sync/event.ts';
import type { Core } from './core.ts';
import type { Run, Server } from './engine.ts';
import { JobRunner } from './job-runner.ts';
import { checkedName, checkedWhole, LEAST_LOCK } from './options.ts';
import { watchTasks } from './watch-tasks.ts';

export interface WorkerOptions {
  /** The queues to serve. The default is all queues that the tasks of this process name. */
  queues?: readonly string[] | undefined;
  /** How many tasks it runs at once from each queue; 100 by default. Tasks with a `concurrency` of their own have that. */
  concurrency?: number | undefined;
  /** How long tasks may go on once the worker has to end, in milliseconds; 10,000 by default. Then they are killed. */
  grace?: number | undefined;
  /**
   * How long a job stays with a worker that does not answer any more, in milliseconds; 30,000 by default. Then another worker
   * runs it. A task must not block the event loop for so long.
   */
  lock?: number | undefined;
}

const OPTIONS: OptionNames<WorkerOptions> = { queues: 'any', concurrency: 'number', grace: 'number', lock: 'number' };

/** The time between two looks for tasks that have to end, in milliseconds. */
const AGAIN = 100;

/**
 * Runs the tasks of an app in this process: see `app.worker()`.
 *
 * @example
 * run(function* main() {
 *   yield* app.worker({ queues: ['default', 'mail'], concurrency: 50 }).run();
 * });
 */
export class TaskWorker extends Shown {
  /** The queues that it serves. */
  readonly queues: readonly string[];
  private readonly core: Core;
  private readonly concurrency: number;
  private readonly grace: number;
  private readonly lock: number;
  private readonly stopping = new Event();
  private servers: Server[] = [];
  private state: 'not started' | 'running' | 'draining' | 'stopped' = 'not started';
  private readonly runner: JobRunner;
  private readonly done = new Event();

  /** @internal */
  constructor(core: Core, options: WorkerOptions | undefined) {
    super();
    const {
      queues,
      concurrency = 100,
      grace = 10_000,
      lock = 30_000,
    } = checkedOptions(options, OPTIONS, 'app.worker()') ?? {};
    if (queues !== undefined && !Array.isArray(queues))
      throw new TypeError("queues of app.worker() must be an array: ['default']");
    this.core = core;
    this.runner = new JobRunner(core);
    const names = queues?.map((queue) => checkedName(queue, 'queue'));
    this.queues = names === undefined ? core.queues() : [...new Set(names)];
    this.concurrency = checkedWhole(concurrency, 'concurrency', 1);
    this.grace = checkedTime(grace, 'grace');
    this.lock = checkedWhole(lock, 'lock', LEAST_LOCK);
  }

  /** @internal */
  [TEXT](): string {
    const runs = this.state === 'not started' || this.state === 'stopped' ? null : counted(this.running, 'job');
    return line('TaskWorker', this.core.name, `queues ${this.queues.join(', ')}`, this.state, runs);
  }

  /** How many tasks run now. */
  get running(): number {
    return this.servers.reduce((sum, server) => sum + [...server.runs()].length, 0);
  }

  /** How many tasks have completed here. */
  get completed(): number {
    return this.runner.completed;
  }

  /** How many runs have failed here, whether they are tried again or not. */
  get failed(): number {
    return this.runner.failed;
  }

  /**
   * Takes jobs and runs them, until `stop()` is called, the greenlet is killed, or the process receives SIGTERM or SIGINT. It then
   * takes no more, and lets what runs end, for `grace`. What still runs is killed, and given back to the queue. A second signal
   * has its usual effect.
   *
   * @returns an operation that ends when all tasks have ended
   * @throws Error if it runs already
   */
  run(): Operation<void> {
    return operation(() => this.working(), 'worker.run()');
  }

  /**
   * Stops it, as a signal does. A worker that does not run yet will take no job.
   *
   * @returns an operation that waits until it has stopped; you need not wait for it
   */
  stop(): Operation<void> {
    this.stopping.set();
    return operation(() => this.stopped(), 'worker.stop()');
  }

  private *stopped(): Coroutine<void> {
    if (this.state !== 'not started') yield* this.done.wait();
  }

  private *working(): Coroutine<void> {
    if (this.state !== 'not started')
      throw new Error('this worker was run already: make another one, with app.worker()');
    this.state = 'running';
    const stopListening = onEndSignal(() => this.stopping.set());
    // Before the first job, which may block from its start.
    const watch = watchTasks(this.lock, this.runner);
    try {
      this.core.engine.handOver();
      // Without a connection, this takes until there is one.
      yield* race([this.stopping.wait(), () => this.serveAll()]);
      yield* this.stopping.wait();
    } finally {
      yield* shield(() => this.draining());
      watch[Symbol.dispose]();
      stopListening();
      this.state = 'stopped';
      this.done.set();
    }
  }

  private *serveAll(): Coroutine<void> {
    for (const lane of this.core.lanes(this.queues)) yield* this.serve(lane);
  }

  private *serve(lane: string): Coroutine<void> {
    const { rate, concurrency } = this.core.laneLimits(lane);
    const server = yield* this.core.engine.serve({
      lane,
      concurrency: concurrency ?? this.concurrency,
      rate,
      lock: this.lock,
      begin: (job, ended) => this.runner.begin(job, ended),
    });
    this.servers.push(server);
    yield* server.ready();
  }

  /** Lets what runs end. */
  private *draining(): Coroutine<void> {
    this.state = 'draining';
    const drained = this.servers.map((server) => spawn(drain, server));
    const killer = spawn(killLater, this.grace, this.servers);
    for (const each of drained) yield* each.join();
    yield* killer.kill();
    for (const each of drained) yield* each;
  }
}

const drain = /* @__PURE__ */ helper(function* (server: Server): Coroutine<void> {
  yield* server.drain();
});

const killLater = /* @__PURE__ */ helper(function* (grace: number, servers: readonly Server[]): Coroutine<void> {
  const stopped = new Set<Run>();
  yield* sleep(grace);
  for (;;) {
    for (const run of servers.flatMap((server) => [...server.runs()])) {
      if (!stopped.has(run)) run.stop('returned', 'the worker ends');
      stopped.add(run);
    }
    // A job that was asked for before may still come.
    yield* sleep(AGAIN);
  }
});
