/**
 * The machine of a pool, the same for threads and processes. It gives each task to the least loaded worker as soon as a worker
 * has a free slot, and replaces workers that end.
 *
 *     submit() ─▶ waiting line ──a slot is free──▶ worker ─▶ over: value or error
 *                                                    │
 *                                                    └─ it dies: its jobs fail, and a new worker takes its place
 */
import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { counted, valueText } from '../../greenlet/shown.ts';
import { Timeout } from '../../hub/cancellation/timeout.ts';
import { external } from '../../hub/loop/external-waits.ts';
import { hub } from '../../hub/loop/hub.ts';
import { stackless } from '../../hub/loop/stackless.ts';
import { WaitQueue } from '../../hub/loop/wait-queue.ts';
import { tellWhereRaised } from '../../hub/parking/where-raised.ts';
import { endSignal } from '../../hub/tasks/end-signal.ts';
import { Event } from '../../sync/event.ts';
import { WorkerLostError } from '../errors.ts';
import { Polling } from '../network/polling.ts';
import { Job, type Task } from './job.ts';
import { CHUNK_DONE, DONE, FAILED, INITIALIZER_FAILED, LOADED, type Message, READY } from './messages.ts';
import { unpackedError } from './packing.ts';
import { PoolWorker, type StartWorker } from './pool-worker.ts';

/** How long a task that was called off, or a worker that was asked to end, may take, in milliseconds. */
const GRACE = 1_000;
/** How long a worker that has no task may take to end. */
const LONG_GRACE = 5_000;
/** The exit code of a worker that we have killed. */
const KILLED = -9;
/** The exit codes of a worker that has received SIGINT or SIGTERM. */
const END_SIGNALS = [-2, -15];
/**
 * The pool breaks if workers die before they are ready: so many in a row, for so many milliseconds. One that ended by itself
 * counts as several, because the next will do the same.
 */
const MOST_FAILED_STARTS = 100;
const SELF_ENDED = 10;
const LONGEST_WITHOUT_START = 60_000;

export interface DispatcherOptions {
  readonly name: string;
  readonly size: number;
  /** How many tasks a worker has at once. */
  readonly concurrency: number;
  /** A worker is replaced once it was given so many items. */
  readonly maxTasks: number;
  readonly hasInitializer: boolean;
  readonly start: StartWorker;
  /** Whether workers can be asked for messages without a turn of the event loop. */
  readonly polls: boolean;
  /** Called when the first task begins to wait or run, and when the last one is over. */
  busy(isBusy: boolean): void;
  /** Called when the last worker has ended after `close()`. An iteration that goes on may start others. */
  ended(): void;
}

export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly waiting = new WaitQueue<Job>();
  /** Those that may get tasks, now or when they are ready. */
  private readonly workers: PoolWorker[] = [];
  /** All that have not ended. */
  private readonly alive = new Set<PoolWorker>();
  /** Set once all workers have ended. */
  readonly allEnded = new Event();
  private isClosed = false;
  private isTerminated = false;
  /** Why no call can succeed any more. */
  private broken: { readonly error: unknown } | null = null;
  private lastJob = 0;
  private lastWorker = 0;
  /** How many jobs are not over. */
  private pending = 0;
  /** How many calls are going on that may submit more tasks. */
  private calls = 0;
  private hasStarted = false;
  private failedStarts = 0;
  /** When a worker was ready for the last time. */
  private lastStart = hub.now();
  /** The worker that was given a job last. */
  private latest: PoolWorker | null = null;
  private readonly polling = new Polling(() => this.receiveNow());
  private readonly onDue = (job: Job): void => this.due(job);

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.allEnded.name = `the workers of ${options.name}`;
    try {
      for (let i = 0; i < options.size; i += 1) this.addWorker();
    } catch (error) {
      // The caller gets no pool, and so cannot end the workers that were started.
      this.terminate();
      throw error;
    }
  }

  /** @throws the error that has broken the pool; Error if it is closed */
  checkOpen(call: string): void {
    if (this.broken !== null) throw this.broken.error;
    if (!this.isClosed) return;
    const { name } = this.options;
    const how = this.isTerminated ? 'was terminated' : 'is closed';
    throw new Error(`${name} ${how} and takes no more calls: make a new pool for ${call}`);
  }

  get isClosing(): boolean {
    return this.isClosed;
  }

  stateText(): string {
    if (this.isClosed) return this.allEnded.isSet() ? 'ended' : 'closing';
    return this.pending === 0 ? 'idle' : counted(this.pending, 'task');
  }

  /** Begins a call that submits its tasks one after the other. After `close()` the workers stay until `leave()`. */
  enter(): void {
    this.calls += 1;
  }

  /** Ends a call that has begun with `enter()`. */
  leave(): void {
    this.calls -= 1;
    this.endIfDone();
  }

  /**
   * Takes a task of a call that was made before `close()`.
   *
   * @param onOver called when it is over
   * @throws the error that has broken the pool; GreenletExit after `terminate()`; what cannot be copied
   */
  submit(task: Task, onOver: ((job: Job) => void) | null = null): Job {
    if (this.broken !== null) throw this.broken.error;
    if (this.isTerminated) throw exitOf(this.options.name);
    const worker = this.waiting.first === null ? this.leastLoaded() : null;
    if (worker === null || !worker.hasLoaded(task.target)) task.packed.keep();
    this.lastJob += 1;
    const job = new Job(this.lastJob, task, this.onDue, onOver);
    this.pending += 1;
    external.waits += 1;
    if (this.pending === 1) {
      this.options.busy(true);
      hub.afterDrain.add(this.poll);
    }
    if (worker !== null) this.give(worker, job);
    else {
      this.waiting.push(job);
      // After close(), the workers may have ended while the iteration of this task had no tasks.
      if (this.isClosed && this.workers.length < this.options.size) this.tryToAddWorker();
    }
    return job;
  }

  /**
   * Calls a job off: it never runs, or its greenlet is killed. If it does not end then, its worker is killed.
   *
   * @param reason what it fails with, unless it gives a value or fails by itself
   */
  callOff(job: Job, reason: unknown = exitOf(this.options.name)): void {
    const { worker } = job;
    switch (job.state) {
      case 'waiting':
        this.waiting.remove(job);
        this.end(job, true, reason);
        return;
      case 'loading':
        this.release(job);
        this.end(job, true, reason);
        this.fill();
        return;
      case 'begun':
        this.stopTimer(job);
        job.state = 'leaving';
        job.reason = reason;
        this.startTimer(job, GRACE);
        worker?.callOff(job);
    }
  }

  /** Takes no more tasks. The workers end when the present tasks are over. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.endIfDone();
  }

  /** Ends all tasks and workers. The greenlets of the workers are killed; what does not end within a second is ended by force. */
  terminate(): void {
    if (this.isTerminated) return;
    this.isClosed = true;
    this.isTerminated = true;
    this.endAll(exitOf(this.options.name));
  }

  private endAll(error: unknown): void {
    const workers = this.workers.splice(0);
    for (let job = this.waiting.shift(); job !== null; job = this.waiting.shift()) this.end(job, true, error);
    for (const worker of workers) {
      const jobs = [...worker.jobs.values()];
      worker.jobs.clear();
      worker.dismiss(GRACE);
      for (const job of jobs) {
        this.stopTimer(job);
        this.end(job, true, error);
      }
    }
    this.endIfDone();
  }

  /** No call can succeed any more. */
  private break(error: unknown): void {
    if (this.broken !== null) return;
    this.broken = { error };
    this.isClosed = true;
    this.endAll(error);
  }

  private addWorker(): void {
    this.lastWorker += 1;
    const worker = new PoolWorker(`${this.options.name} worker ${this.lastWorker}`);
    worker.start(this.options.start, {
      received: (message) => {
        if (worker.isGone) return;
        hub.gather(() => this.receive(worker, message));
        this.poll();
      },
      ended: (exitcode, crash) => this.ended(worker, exitcode, crash),
    });
    this.workers.push(worker);
    this.alive.add(worker);
    this.allEnded.clear();
  }

  /** Returns false if the system refuses another worker. Without any, no call can succeed any more. */
  private tryToAddWorker(): boolean {
    try {
      this.addWorker();
      return true;
    } catch (error) {
      if (this.workers.length === 0) this.break(error);
      return false;
    }
  }

  /** Looks whether a task has ended, if some are under way. */
  private readonly poll = (): void => {
    if (this.options.polls && this.pending > 0) this.polling.poll(this.latest?.received ?? 0);
  };

  private receiveNow(): boolean {
    for (const worker of this.workers) if (worker.receiveNow()) return true;
    return false;
  }

  private receive(worker: PoolWorker, message: Message): void {
    const [kind] = message;
    switch (kind) {
      case DONE:
      case FAILED:
      case CHUNK_DONE:
        this.jobDone(worker, message);
        break;
      case READY:
        worker.hasStarted = true;
        worker.isOpen = this.workers.includes(worker);
        this.hasStarted = true;
        this.failedStarts = 0;
        this.lastStart = hub.now();
        this.fill();
        break;
      case LOADED:
        this.loaded(worker, message);
        break;
      case INITIALIZER_FAILED:
        this.break(unpackedError(message[1], message[2], null));
    }
  }

  private loaded(worker: PoolWorker, [, target, error, specials]: Message): void {
    const isThere = error === undefined;
    const jobs = worker.loaded(target as number, isThere);
    for (const job of jobs) {
      if (isThere) this.begin(worker, job);
      else {
        this.release(job);
        this.end(job, true, unpackedError(error, specials, job.task.caller));
      }
    }
    this.fill();
  }

  private jobDone(worker: PoolWorker, message: Message): void {
    const [kind, id] = message;
    const job = worker.jobs.get(id as number);
    // The job of a worker that was dismissed.
    if (job === undefined) return;
    this.release(job);
    // First the worker gets its next job, so that it need not wait until the result was dealt with.
    this.fill();
    this.stopTimer(job);
    if (kind !== FAILED) this.end(job, false, job.task.result(message));
    else {
      const [, , payload, specials, isOfCleanup] = message;
      const error = unpackedError(payload, specials, job.task.caller);
      job.hasFailedInCleanup = isOfCleanup === true && !isA(error, GreenletExit);
      this.end(job, true, job.state === 'leaving' && isA(error, GreenletExit) ? job.reason : error);
    }
  }

  /** Gives jobs to the workers that have a free slot. */
  private fill(): void {
    while (this.waiting.first !== null) {
      const worker = this.leastLoaded();
      if (worker === null) return;
      this.give(worker, this.waiting.shift() as Job);
    }
  }

  /** The worker with most free slots; null if no slot is free. */
  private leastLoaded(): PoolWorker | null {
    let best: PoolWorker | null = null;
    let least = this.options.concurrency;
    for (const worker of this.workers) {
      const { size } = worker.jobs;
      if (size >= least || !worker.isOpen) continue;
      if (size === 0) return worker;
      best = worker;
      least = size;
    }
    return best;
  }

  private give(worker: PoolWorker, job: Job): void {
    const isLoaded = worker.take(job);
    this.latest = worker;
    if (worker.taken >= this.options.maxTasks) worker.isOpen = false;
    if (isLoaded) this.begin(worker, job);
    else job.state = 'loading';
  }

  private begin(worker: PoolWorker, job: Job): void {
    job.state = 'begun';
    try {
      worker.send(job);
    } catch (error) {
      this.release(job);
      this.end(job, true, error);
      return;
    }
    const { timeout } = job.task;
    if (timeout !== undefined && timeout !== Infinity) this.startTimer(job, timeout);
  }

  /** Frees the slot of a job. */
  private release(job: Job): void {
    const worker = job.worker as PoolWorker;
    worker.jobs.delete(job.id);
    if (worker.taken >= this.options.maxTasks && worker.jobs.size === 0) this.retire(worker);
  }

  private end(job: Job, hasFailed: boolean, result: unknown): void {
    this.pending -= 1;
    external.waits -= 1;
    job.end(hasFailed, result);
    if (this.pending > 0) return;
    this.options.busy(false);
    hub.afterDrain.delete(this.poll);
    this.endIfDone();
  }

  /** The timer of a job is due. */
  private due(job: Job): void {
    if (job.state === 'begun') {
      const { timeout = 0, what } = job.task;
      const reason = stackless(() => new Timeout(timeout, `${what} did not end within ${timeout} ms`));
      tellWhereRaised(reason);
      this.callOff(job, reason);
    } else this.discard(job.worker as PoolWorker);
  }

  private startTimer(job: Job, ms: number): void {
    hub.timers.start(job, ms);
    hub.schedule();
  }

  private stopTimer(job: Job): void {
    if (job.queue !== null) hub.timers.stop(job);
  }

  /** Replaces a worker that has been given enough tasks. */
  private retire(worker: PoolWorker): void {
    this.remove(worker);
    worker.dismiss(LONG_GRACE);
    this.refill();
  }

  /** Kills a worker that does not respond, and replaces it. */
  private discard(worker: PoolWorker): void {
    worker.kill();
    this.lose(worker, KILLED);
  }

  private ended(worker: PoolWorker, exitcode: number, crash: unknown): void {
    this.alive.delete(worker);
    this.lose(worker, exitcode, crash);
    this.endIfDone();
  }

  /** A worker has ended, or will soon. Its jobs fail, and a new worker takes its place. */
  private lose(worker: PoolWorker, exitcode: number, crash: unknown = null): void {
    if (worker.isGone) return;
    worker.isGone = true;
    const isExpected = !this.remove(worker);
    const jobs = [...worker.jobs.values()];
    worker.jobs.clear();
    const hadTask = jobs.length > 0;
    const error = isExpected && !hadTask && crash === null ? undefined : this.lossOf(worker, hadTask, exitcode, crash);
    // Leftover work of an earlier task has thrown the error, so no call can throw it.
    if (crash !== null && worker.hasStarted && !hadTask) hub.tell(kernel.main, error);
    for (const job of jobs) {
      this.stopTimer(job);
      this.end(job, true, job.state === 'leaving' ? job.reason : error);
    }
    if (isExpected) return;
    if (!worker.hasStarted) this.noteFailedStart(exitcode, error);
    this.refill();
    this.fill();
  }

  /** A terminal sends a signal to all processes of a program. Then the tasks end as they do if only this process gets it. */
  private lossOf({ hasStarted, name }: PoolWorker, hadTask: boolean, exitcode: number, crash: unknown): Error {
    if (endSignal() !== null && END_SIGNALS.includes(exitcode)) return exitOf(this.options.name);
    const busy = hadTask ? 'during the task' : 'while it had no task';
    const why = crash === null ? '' : `: ${valueText(crash)}`;
    const text = `${name} ended ${hasStarted ? busy : 'before it was ready'}, with exit code ${exitcode}${why}`;
    return stackless(() => new WorkerLostError(text, exitcode, crash === null ? {} : { cause: crash }));
  }

  /** A worker has ended before it was ready. If that is no accident, others would end in the same way. */
  private noteFailedStart(exitcode: number, error: unknown): void {
    const endedByItself = exitcode >= 0;
    this.failedStarts += endedByItself ? SELF_ENDED : 1;
    const isHopeless = endedByItself && (this.options.hasInitializer || !this.hasStarted);
    const isLong = hub.now() - this.lastStart > LONGEST_WITHOUT_START;
    if (isHopeless || (isLong && this.failedStarts >= MOST_FAILED_STARTS)) this.break(error);
  }

  /** Removes a worker that gets no more jobs. Returns false if it was removed before. */
  private remove(worker: PoolWorker): boolean {
    worker.isOpen = false;
    const index = this.workers.indexOf(worker);
    if (index < 0) return false;
    this.workers.splice(index, 1);
    return true;
  }

  /** Starts workers for those that were removed, if they may get jobs. */
  private refill(): void {
    while (this.workers.length < this.options.size && (!this.isClosed || this.waiting.first !== null)) {
      if (!this.tryToAddWorker()) return;
    }
  }

  private endIfDone(): void {
    if (!this.isClosed || this.pending > 0) return;
    if (this.calls > 0 && !this.isTerminated && this.broken === null) return;
    for (const worker of this.workers.splice(0)) worker.dismiss(LONG_GRACE);
    if (this.alive.size > 0 || this.allEnded.isSet()) return;
    this.allEnded.set();
    this.options.ended();
  }
}

/** The error of what was ended by us. */
function exitOf(name: string): GreenletExit {
  return stackless(() => new GreenletExit(`ended by ${name}`));
}
