import type { Coroutine } from '../../greenlet/operation.ts';
import { getcurrent } from '../../greenlet/raw-greenlet.ts';
import { shield } from '../../hub/cancellation/shield.ts';
import { hub } from '../../hub/loop/hub.ts';
import { passedOn } from '../../hub/parking/where-raised.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { Pool } from '../../pool/pool.ts';
import { FlagWait } from '../../sync/flag-wait.ts';
import type { Way } from '../travel/shareable.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Job, Task } from './job.ts';
import { type PoolTarget, Targets } from './targets.ts';

/** Runs tasks in the workers of a pool, for greenlets that wait for the results. */
export class Calls {
  /** The name of the pool. */
  readonly name: string;
  /** How many tasks run at once. */
  readonly slots: number;
  readonly way: Way;
  readonly dispatcher: Dispatcher;
  readonly targets = new Targets();

  constructor(name: string, slots: number, way: Way, dispatcher: Dispatcher) {
    this.name = name;
    this.slots = slots;
    this.way = way;
    this.dispatcher = dispatcher;
  }

  /** Runs a task, and calls it off if the wait is cancelled. */
  *run(task: Task): Coroutine<unknown> {
    const job = this.dispatcher.submit(task);
    try {
      yield* new FlagWait(job, undefined);
    } finally {
      if (!job.ready()) yield* shield(() => this.callOff(job));
    }
    if (job.hasFailed) throw passedOn(job.result);
    return job.result;
  }

  /** The greenlets that wait for workers on behalf of a mapping. */
  callers(size: number): Pool {
    const callers = new Callers(size);
    callers.name = this.name;
    return callers;
  }

  private *callOff(job: Job): Coroutine<void> {
    this.dispatcher.callOff(job);
    yield* new FlagWait(job, undefined);
    // Nobody else gets an error of its cleanup.
    if (job.hasFailedInCleanup) hub.tell(getcurrent(), job.result);
  }
}

class Callers extends Pool {}

/** Gives the body of a greenlet that waits for a worker the name of the target. */
export function calling<F extends (...args: never[]) => unknown>(target: PoolTarget | undefined, body: F): F {
  return helper(Object.defineProperty(body, 'name', { value: target?.place.export }));
}
