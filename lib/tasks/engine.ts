/**
 * What keeps the jobs of an app, and gives them to workers: what an engine must do. There are two, `embedded/` and `bullmq/`, and
 * one contract suite (test/tasks/contract.ts) holds both. Everything else of this room is the same for both.
 *
 *     Task.applyAsync() ──▶ add() ──▶ waiting or delayed ──▶ serve(): begin(job) ──▶ JobRun ──▶ Outcome
 *     TaskResult.get()  ──▶ watch() ◀── Ending ◀───────────────────────────────────────────────────┘
 *
 * Jobs wait in *lanes*. A queue is a lane, and each task with a rate or a concurrency of its own has another one in each queue.
 */
import type { Coroutine } from '../greenlet/operation.ts';
import type { Failure, Payload } from './payload.ts';

export interface Place {
  readonly lane: string;
  readonly id: string;
}

export interface NewJob extends Place {
  /** True if the caller has given the id, so that the job may be there already. */
  readonly isNamed: boolean;
  readonly task: string;
  readonly args: Payload;
  /** How often it may fail before it has failed for good. */
  readonly attempts: number;
  /** Lower ones run first; 0 is the default, and the first. */
  readonly priority: number;
  /** In milliseconds. */
  readonly delay: number;
  /** When it need not run any more, by `now()`. */
  readonly expires: number | null;
  /** Jobs that must complete first. Their results become its first argument, alone (`one`) or as a list (`all`). */
  readonly children: readonly NewJob[];
  readonly takes: 'nothing' | 'one' | 'all';
}

/** A job that a worker has taken. */
export interface TakenJob extends Place {
  readonly task: string;
  readonly args: Payload;
  /** Counted from 1. */
  readonly attempt: number;
  readonly attempts: number;
  /** True if no worker has taken it before. */
  readonly isFirst: boolean;
  /** How many of its workers have died. */
  readonly lost: number;
  readonly expires: number | null;
  readonly takes: 'nothing' | 'one' | 'all';
  /** The results of its children, in their order. */
  children(): Coroutine<readonly Payload[]>;
  setProgress(value: unknown): void;
  log(text: string): void;
}

/** How a run has ended. `pause` is the time until the next one in milliseconds, or null if there is none. */
export type Outcome =
  | { readonly kind: 'completed'; readonly value: Payload }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly pause: number | null }
  /** Run it again, without counting an attempt. */
  | { readonly kind: 'later'; readonly pause: number }
  | { readonly kind: 'revoked'; readonly reason: string }
  /** The worker ends. Another one runs it. */
  | { readonly kind: 'returned' };

/** How a job has ended. */
export type Ending =
  | Extract<Outcome, { kind: 'completed' | 'revoked' }>
  | { readonly kind: 'failed'; readonly failure: Failure };

/** The state of a job. */
export type TaskStatus = 'waiting' | 'delayed' | 'active' | 'completed' | 'failed' | 'revoked';

export interface JobInfo {
  readonly status: TaskStatus;
  readonly progress: unknown;
  readonly logs: readonly string[];
  /** Null while it has not ended. */
  readonly ending: Ending | null;
}

/** A run of a job, in a worker. */
export interface Run {
  /** Kills it: because it was revoked, or because the worker ends. */
  stop(kind: 'revoked' | 'returned', reason: string): void;
}

export interface Rate {
  readonly limit: number;
  readonly interval: number;
}

/** What a worker serves. */
export interface Service {
  readonly lane: string;
  readonly concurrency: number;
  readonly rate: Rate | null;
  /** How long a lock lives that nobody renews, in milliseconds. */
  readonly lock: number;
  begin(job: TakenJob, ended: (outcome: Outcome) => void): Run;
}

/** A lane that is served. */
export interface Server {
  /** Waits until it can take jobs. It may have taken some before that. */
  ready(): Coroutine<void>;
  /** Takes no more jobs, and returns once all that were taken have ended. */
  drain(): Coroutine<void>;
  /** The runs of the jobs that were taken. */
  runs(): Iterable<Run>;
}

/** When a schedule makes its jobs. */
export type Timing = { readonly cron: string; readonly tz: string | undefined } | { readonly every: number };

export interface Scheduled {
  readonly name: string;
  readonly timing: Timing;
  readonly task: string;
  readonly next: number | null;
}

/** How many jobs there are. */
export interface Counts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

export interface Failed extends Place {
  readonly task: string;
  readonly attempts: number;
  readonly at: number;
  readonly failure: Failure;
}

export interface Engine {
  /** The time of the jobs, in milliseconds since 1970. */
  now(): number;
  /** What it is, in a few words, without secrets. */
  describe(): string;
  /** What keeps it from answering at present; null if nothing does, as far as it knows. */
  trouble(): Error | null;
  /** Stores jobs, all or none. A job whose id is there already is not stored again. */
  add(jobs: readonly NewJob[]): Coroutine<void>;
  /** Where a job is, or was. Null if nothing is known of it. */
  locate(id: string): Coroutine<Place | null>;
  look(place: Place): Coroutine<JobInfo | null>;
  /** How a job has ended, if that is known without a wait. */
  known(id: string): Ending | null;
  /**
   * Calls `ended` once, when a job has ended.
   *
   * @param isNew true before it is added
   * @returns a function that stops watching
   * @throws UnknownJobError if nothing is known of a job that is not new
   */
  watch(place: Place, isNew: boolean, ended: (ending: Ending) => void): Coroutine<() => void>;
  /** Revokes a job and those that it waits for, and returns once they have ended. What has ended already stays as it is. */
  revoke(place: Place, reason: string): Coroutine<void>;
  /** A worker begins. An engine that runs jobs itself takes no more. */
  handOver(): void;
  serve(service: Service): Coroutine<Server>;
  schedule(name: string, timing: Timing, job: NewJob): Coroutine<void>;
  /** Returns false if there is no such schedule. */
  unschedule(name: string): Coroutine<boolean>;
  schedules(): Coroutine<Scheduled[]>;
  counts(): Coroutine<Map<string, Counts>>;
  failed(limit: number): Coroutine<Failed[]>;
  /** Runs a failed job again, after the failed ones that it waits for. Returns false if it has not failed. */
  retry(place: Place): Coroutine<boolean>;
  /** Removes it and the jobs that it waits for. Returns false if it is not there, or if one of them runs. */
  remove(place: Place): Coroutine<boolean>;
  /** Removes all jobs that wait or are delayed, but not the next job of a schedule. */
  drain(): Coroutine<void>;
  pause(): Coroutine<void>;
  resume(): Coroutine<void>;
  close(): Coroutine<void>;
}

/** What an app tells its engine. */
export interface EngineSettings {
  readonly name: string;
  /** All lanes that the app knows. */
  lanes(): readonly string[];
  /** How long results are kept, in milliseconds. */
  readonly keepResults: number;
  readonly keepFailures: number;
}
