import { host } from '../hub/loop/host.ts';
import type { Core } from './core.ts';
import type { Outcome, Run, TakenJob } from './engine.ts';
import { JobRun } from './run-job.ts';

/** A job whose task this worker does not know is left alone for so long, in milliseconds. */
const UNKNOWN_PAUSE = 5_000;

/** Begins the jobs of a worker. */
export class JobRunner {
  /** How many runs have completed, and how many have failed. */
  completed = 0;
  failed = 0;
  /** How many runs have begun and not ended. */
  running = 0;
  private readonly core: Core;
  private readonly missing = new Set<string>();

  constructor(core: Core) {
    this.core = core;
  }

  begin(job: TakenJob, ended: (outcome: Outcome) => void): Run {
    const task = this.core.tasks.get(job.task);
    if (task === undefined) return this.leave(job, ended);
    const { maxPayload, engine } = this.core;
    this.running += 1;
    return new JobRun(task, job, { maxPayload, now: () => engine.now() }, (outcome) => {
      this.running -= 1;
      if (outcome.kind === 'completed') this.completed += 1;
      else if (outcome.kind === 'failed') this.failed += 1;
      ended(outcome);
    });
  }

  /** Another worker may know the task, after an update. */
  private leave({ task, id }: TakenJob, ended: (outcome: Outcome) => void): Run {
    if (!this.missing.has(task)) {
      this.missing.add(task);
      const known = [...this.core.tasks.keys()].join(', ');
      host.report(
        `greenhub/tasks: this worker has no task "${task}", so its jobs stay in the queue (the first is ${id}). It has: ${known}`,
      );
    }
    host.microtask(() => ended({ kind: 'later', pause: UNKNOWN_PAUSE }));
    return { stop: () => {} };
  }
}
