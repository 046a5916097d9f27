import type { Transferable } from 'node:worker_threads';
import { type Waiter, type Waiting, WaitQueue } from '../../hub/loop/wait-queue.ts';
import type { Flag } from '../../sync/flag-wait.ts';
import type { Caller } from './caller.ts';
import type { Message } from './messages.ts';
import type { Packed } from './packing.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { PoolTarget } from './targets.ts';

/** What a worker does at a stretch: a call, or a chunk of items. */
export interface Task {
  readonly target: PoolTarget;
  /** The number of items, for `maxTasksPerChild`. */
  readonly items: number;
  /** The arguments or the items. */
  packed: Packed;
  /** How long it may run, in milliseconds. Undefined if there is no limit. */
  readonly timeout: number | undefined;
  /** For the stacks of its errors. */
  readonly caller: Caller | null;
  /** Names it in messages: `apply(square)`. */
  readonly what: string;
  message(id: number): Message;
  /** What the worker has answered. */
  result(message: Message): unknown;
}

/**
 * A task on its way. It is in one line at a time: that of its pool while it waits for a worker, then, if its time is limited, that
 * of a timer.
 *
 *     WAITING ─▶ LOADING ─▶ BEGUN ──────────────────────────────────▶ OVER
 *        │          │         │ called off                              ▲
 *        │          │         └──▶ LEAVING ── it ends ──────────────────┤
 *        │          │                 └────── 1 s: its worker is killed ┤
 *        └──────────┴─ called off ──────────────────────────────────────┘
 */
export type JobState = 'waiting' | 'loading' | 'begun' | 'leaving' | 'over';

export class Job implements Waiter, Flag {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly id: number;
  readonly task: Task;
  state: JobState;
  worker: PoolWorker | null;
  /** Why it was called off. */
  reason: unknown;
  hasFailed: boolean;
  /** True if it has failed after it was killed. */
  hasFailedInCleanup: boolean;
  /** Its value, or the error it has failed with. */
  result: unknown;
  private watchers: WaitQueue | null;
  private readonly onDue: (job: Job) => void;
  private readonly onOver: ((job: Job) => void) | null;

  /**
   * @param onDue called when its timer is due
   * @param onOver called when it is over
   */
  constructor(id: number, task: Task, onDue: (job: Job) => void, onOver: ((job: Job) => void) | null) {
    this.id = id;
    this.task = task;
    this.state = 'waiting';
    this.worker = null;
    this.reason = undefined;
    this.hasFailed = false;
    this.hasFailedInCleanup = false;
    this.result = undefined;
    this.watchers = null;
    this.onDue = onDue;
    this.onOver = onOver;
  }

  notify(): void {
    this.onDue(this);
  }

  message(): Message {
    return this.task.message(this.id);
  }

  get transfer(): readonly Transferable[] | undefined {
    return this.task.packed.transfer;
  }

  /** Ends it. */
  end(hasFailed: boolean, result: unknown): void {
    this.state = 'over';
    this.worker = null;
    this.hasFailed = hasFailed;
    this.result = result;
    this.onOver?.(this);
    this.watchers?.notifyAll();
  }

  ready(): boolean {
    return this.state === 'over';
  }

  watch(waiter: Waiter): void {
    this.watchers ??= new WaitQueue();
    this.watchers.push(waiter);
  }

  describeWait(): string {
    return this.task.what;
  }
}
