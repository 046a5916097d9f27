import { GreenletError } from '../greenlet/errors.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { line, Shown, TEXT } from '../greenlet/shown.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import type { TakenJob } from './engine.ts';

/** The task that runs in the current greenlet: see `currentTask()`. */
export class CurrentTask extends Shown {
  /** The id of its job. */
  readonly id: string;
  /** The name of the task. */
  readonly name: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** The queue that it comes from. */
  readonly queue: string;
  private readonly job: TakenJob;

  /** @internal */
  constructor(job: TakenJob) {
    super();
    this.id = job.id;
    this.name = job.task;
    this.attempt = job.attempt;
    this.queue = job.lane.split('.', 1)[0] as string;
    this.job = job;
  }

  /** @internal */
  [TEXT](): string {
    return line('CurrentTask', this.name, `job ${this.id}`, `attempt ${this.attempt}`);
  }

  /**
   * Tells how far the task is. `result.progress()` gives it to everybody who asks.
   *
   * @param value what JSON can hold, such as a number or an object
   * @throws TypeError if JSON cannot hold it
   */
  progress(value: unknown): void {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError('progress() takes what JSON can hold, such as a number or an object');
    // The task may change it before it is sent.
    this.job.setProgress(JSON.parse(text));
  }

  /** Adds a line to the log of the job. */
  log(text: string): void {
    this.job.log(String(text));
  }
}

const running = new WeakMap<RawGreenlet, CurrentTask>();

/** Notes that a greenlet runs a task. */
export function runsTask(greenlet: RawGreenlet, task: CurrentTask): void {
  running.set(greenlet, task);
}

/** The task that a greenlet runs, or was spawned by; null if there is none. */
export function taskOf(greenlet: RawGreenlet | null): CurrentTask | null {
  for (let each = greenlet; each !== null; each = each instanceof Greenlet ? each.spawnedBy : each.parent) {
    const task = running.get(each);
    if (task !== undefined) return task;
  }
  return null;
}

/**
 * Returns the task that runs in the current greenlet, or in the greenlet that has spawned it.
 *
 * @throws GreenletError if no task runs here
 *
 * @example
 * const task = currentTask();
 * task.progress({ pages: 12, of: 40 });
 */
export function currentTask(): CurrentTask {
  const task = taskOf(kernel.current);
  if (task !== null) return task;
  throw new GreenletError('currentTask() was called where no task runs: call it in the function of a task');
}
