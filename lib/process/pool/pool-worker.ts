import type { Transferable } from 'node:worker_threads';
import type { Job } from './job.ts';
import { CALL_OFF, LOAD, type Message } from './messages.ts';
import type { PoolTarget } from './targets.ts';

/** A worker as its pool reaches it: a thread, a process or, in tests, an object. */
export interface WorkerLink {
  /** Sends a message. It is copied at once. */
  post(message: Message, transfer?: readonly Transferable[]): void;
  /** How many messages have come from it. */
  readonly received: number;
  /** Handles its next message now, if one has arrived. Returns false if there is none. */
  receiveNow(): boolean;
  /** Asks it to end, and ends it by force after `grace` milliseconds. */
  terminate(grace: number): void;
  /** Ends it by force. */
  kill(): void;
}

/** What a worker tells its pool. */
export interface WorkerEvents {
  received(message: Message): void;
  /**
   * It has ended. Its last messages have been received.
   *
   * @param crash the error that has ended it; null if none did
   */
  ended(exitcode: number, crash: unknown): void;
}

export type StartWorker = (name: string, events: WorkerEvents) => WorkerLink;

/** Stands for a target that a worker has imported. */
const LOADED = true;

/** A worker, and what it is at. */
export class PoolWorker {
  readonly name: string;
  /** The jobs that were given to it and are not over. */
  readonly jobs = new Map<number, Job>();
  /** True once its initializer has run. */
  hasStarted = false;
  /** True while it gets jobs. */
  isOpen = false;
  /** True once it has ended, or we no longer listen to it. */
  isGone = false;
  /** How many items it has been given. */
  taken = 0;
  /** For each target: the jobs that wait until it is imported, or LOADED. */
  private readonly targets: (Job[] | typeof LOADED | undefined)[] = [];
  private link: WorkerLink | null = null;

  constructor(name: string) {
    this.name = name;
  }

  start(start: StartWorker, events: WorkerEvents): void {
    this.link = start(this.name, events);
  }

  /** Gives it a job. Returns false if the job must wait until its target is imported. */
  take(job: Job): boolean {
    const { target, items } = job.task;
    job.worker = this;
    this.jobs.set(job.id, job);
    this.taken += items;
    const loading = this.targets[target.index];
    if (loading === LOADED) return true;
    if (loading === undefined) {
      this.targets[target.index] = [job];
      this.post([LOAD, target.index, target.place.module, target.place.export]);
    } else loading.push(job);
    return false;
  }

  /** True if it has imported a target. */
  hasLoaded({ index }: PoolTarget): boolean {
    return this.targets[index] === LOADED;
  }

  /** Sends it a job whose target it has imported. */
  send(job: Job): void {
    this.post(job.message(), job.transfer);
  }

  /** Its target is imported, or cannot be. Returns the jobs that wait for that. */
  loaded(target: number, isThere: boolean): Job[] {
    const loading = this.targets[target];
    this.targets[target] = isThere ? LOADED : undefined;
    return Array.isArray(loading) ? loading.filter((job) => job.state === 'loading') : [];
  }

  get received(): number {
    return this.link?.received ?? 0;
  }

  /** Handles its next message now, if one has arrived. Returns false if there is none. */
  receiveNow(): boolean {
    return this.jobs.size > 0 && this.link !== null && this.link.receiveNow();
  }

  callOff(job: Job): void {
    this.post([CALL_OFF, job.id]);
  }

  /** Asks it to end: its greenlets are killed. After `grace` milliseconds it is ended by force. */
  dismiss(grace: number): void {
    this.isOpen = false;
    this.link?.terminate(grace);
  }

  kill(): void {
    this.isOpen = false;
    this.link?.kill();
  }

  private post(message: Message, transfer?: readonly Transferable[]): void {
    this.link?.post(message, transfer);
  }
}
