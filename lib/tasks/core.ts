/** What the parts of an app share. */
import { randomUUID } from 'node:crypto';
import { isA } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import { withTimeout } from '../hub/cancellation/with-timeout.ts';
import type { Engine, NewJob } from './engine.ts';
import type { CallPlan, TaskPlan } from './options.ts';
import { type Payload, pack } from './payload.ts';
import type { Runnable } from './run-job.ts';

export interface CoreSettings {
  readonly name: string;
  readonly maxPayload: number;
  readonly keepResults: number;
}

export class Core {
  readonly name: string;
  readonly maxPayload: number;
  readonly keepResults: number;
  readonly tasks = new Map<string, Runnable>();
  /** Set by the app, whose lanes the engine has to know. */
  engine!: Engine;

  constructor({ name, maxPayload, keepResults }: CoreSettings) {
    this.name = name;
    this.maxPayload = maxPayload;
    this.keepResults = keepResults;
  }

  /** The names of the queues of all tasks. */
  queues(): string[] {
    return [...new Set(['default', ...[...this.tasks.values()].map(({ plan }) => plan.queue)])];
  }

  /** All lanes of these queues: a queue, and each task with a lane of its own. */
  lanes(queues: readonly string[] = this.queues()): string[] {
    const own = [...this.tasks.values()].filter(({ plan }) => hasOwnLane(plan));
    return queues.flatMap((queue) => [queue, ...own.map(({ name }) => `${queue}.${name}`)]);
  }

  /** The limits of a lane. Only those of a single task have limits of their own. */
  laneLimits(lane: string): Pick<TaskPlan, 'rate' | 'concurrency'> {
    const dot = lane.indexOf('.');
    return (dot < 0 ? undefined : this.tasks.get(lane.slice(dot + 1))?.plan) ?? { rate: null, concurrency: null };
  }

  /** Encodes a call at once, so that the caller gets the error if it cannot be stored. */
  newJob(task: Runnable, args: readonly unknown[], call: CallPlan, flow: Flow = NO_FLOW): NewJob {
    const { name, plan } = task;
    const queue = call.queue ?? plan.queue;
    return {
      id: call.id ?? randomUUID(),
      isNamed: call.id !== null,
      lane: hasOwnLane(plan) ? `${queue}.${name}` : queue,
      task: name,
      args: this.packed(args),
      attempts: call.attempts ?? plan.attempts,
      priority: call.priority ?? plan.priority,
      delay: call.delay,
      expires: call.expires,
      ...flow,
    };
  }

  /** Stores jobs. */
  put(jobs: readonly NewJob[], timeout = Infinity): Coroutine<void> {
    return timeout === Infinity ? this.engine.add(jobs) : this.putWithin(timeout, jobs);
  }

  private *putWithin(timeout: number, jobs: readonly NewJob[]): Coroutine<void> {
    try {
      yield* withTimeout(timeout, () => this.engine.add(jobs));
    } catch (error) {
      throw isA(error, Timeout) ? (this.engine.trouble() ?? error) : error;
    }
  }

  private packed(args: readonly unknown[]): Payload {
    return pack(args, 'args', this.maxPayload);
  }
}

/** What a job waits for. */
export type Flow = Pick<NewJob, 'children' | 'takes'>;

const NO_FLOW: Flow = { children: [], takes: 'nothing' };

function hasOwnLane({ rate, concurrency }: TaskPlan): boolean {
  return rate !== null || concurrency !== null;
}
