/** Runs a job in a worker, whichever engine it comes from. */
import { GreenletExit, isA } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import { withTimeout } from '../hub/cancellation/with-timeout.ts';
import { stackless } from '../hub/loop/stackless.ts';
import type { Waiter, Waiting } from '../hub/loop/wait-queue.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { ErrorTaker } from '../hub/tasks/end-waiters.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { WorkerLostError } from '../process/errors.ts';
import { offload } from '../process/pool/offload.ts';
import { pauseAfter } from './backoff.ts';
import { CurrentTask, runsTask } from './current-task.ts';
import type { Outcome, Run, TakenJob } from './engine.ts';
import { RetryLater, Unrecoverable } from './errors.ts';
import type { TaskPlan } from './options.ts';
import { ownCopy, pack, packError, unpack } from './payload.ts';

/** What a worker needs to know of a task. */
export interface Runnable {
  readonly name: string;
  readonly fn: (...args: never[]) => unknown;
  readonly plan: TaskPlan;
}

export interface RunSettings {
  readonly maxPayload: number;
  now(): number;
}

/** A job whose worker has died so often is not given to another one, unless its task has more attempts. */
const MOST_LOST = 10;

/** The run of a job. It is a greenlet, named after the task and the job. */
export class JobRun implements Run, Waiter, ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly takesErrors = true;
  readonly greenlet: Greenlet<unknown>;
  private readonly task: Runnable;
  private readonly job: TakenJob;
  private readonly settings: RunSettings;
  private readonly ended: (outcome: Outcome) => void;
  private stopped: { readonly kind: 'revoked' | 'returned'; readonly reason: string } | null = null;

  /** @param ended called once, when it has ended */
  constructor(task: Runnable, job: TakenJob, settings: RunSettings, ended: (outcome: Outcome) => void) {
    this.task = task;
    this.job = job;
    this.settings = settings;
    this.ended = ended;
    this.greenlet = spawn(running, task, job, settings.now());
    this.greenlet.name = `${task.name} (job ${job.id})`;
    runsTask(this.greenlet, new CurrentTask(job));
    this.greenlet.watch(this);
  }

  stop(kind: 'revoked' | 'returned', reason: string): void {
    // A revocation counts more than the end of the worker.
    if (this.stopped === null || kind === 'revoked') this.stopped = { kind, reason };
    this.greenlet.kill({ reason: stackless(() => new GreenletExit(reason)) });
  }

  /** @internal The greenlet has ended. */
  notify(): void {
    this.ended(this.outcome());
  }

  private outcome(): Outcome {
    const { greenlet, stopped } = this;
    try {
      if (greenlet.successful()) {
        return { kind: 'completed', value: pack(greenlet.value, 'result', this.settings.maxPayload) };
      }
    } catch (error) {
      return this.failure(
        new Unrecoverable(`the result of ${this.task.name} cannot be stored`, { cause: error }),
        null,
      );
    }
    if (stopped !== null) return stopped.kind === 'returned' ? { kind: 'returned' } : { ...stopped, kind: 'revoked' };
    return this.failed(greenlet.exception);
  }

  private failed(error: unknown): Outcome {
    if (isA(error, RetryLater)) return { kind: 'later', pause: error.ms };
    if (isA(error, GreenletExit)) return { kind: 'revoked', reason: error.message };
    const { attempt, attempts } = this.job;
    const isLast = attempt >= attempts || isA(error, Unrecoverable) || isA(error, Late) || isA(error, WorkerLostError);
    return this.failure(error, isLast ? null : pauseAfter(attempt, this.task.plan.backoff));
  }

  private failure(error: unknown, pause: number | null): Outcome {
    return { kind: 'failed', failure: packError(error), pause };
  }
}

/** It has expired. */
class Late extends Timeout {}

function* running({ name, fn, plan }: Runnable, job: TakenJob, now: number): Coroutine<unknown> {
  if (job.isFirst && job.expires !== null && now >= job.expires) {
    throw new Late(0, `the job ${job.id} of ${name} has expired: no worker took it in time`);
  }
  if (job.lost > Math.max(MOST_LOST, job.attempts)) {
    throw new WorkerLostError(`the job ${job.id} of ${name} was given up: ${job.lost} workers have died with it`, 0);
  }
  // The task may change its arguments. The next attempt gets them as they were, and BullMQ stores them once more with a failure.
  const given = unpack(ownCopy(job.args)) as never[];
  const args = job.takes === 'nothing' ? given : [(yield* inputOf(job)) as never, ...given];
  const body = () => (plan.thread ? offload(fn, ...args) : callAndSettle(fn, ...args));
  return plan.timeout === Infinity ? yield* body() : yield* withTimeout(plan.timeout, body);
}

/** What its children have given. */
function* inputOf(job: TakenJob): Coroutine<unknown> {
  const values = (yield* job.children()).map(unpack);
  return job.takes === 'one' ? values[0] : values;
}
