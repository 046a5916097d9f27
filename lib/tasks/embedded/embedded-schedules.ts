import type { Coroutine } from '../../greenlet/operation.ts';
import { helper } from '../../hub/tasks/helper.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import type { NewJob, Scheduled, Timing } from '../engine.ts';
import { wallTime } from '../wall-clock.ts';
import { nextTime } from './cron.ts';
import { EmbeddedJob } from './embedded-job.ts';

/** One schedule. Its next job is made when the present one is taken or removed, so there is one at a time. */
interface Entry {
  readonly name: string;
  readonly timing: Timing;
  readonly template: NewJob;
  next: number;
  job: EmbeddedJob | null;
}

/** Where its jobs are kept. */
export interface JobStore {
  has(id: string): boolean;
  store(job: EmbeddedJob): void;
  /** Removes a job, unless it runs. */
  remove(job: EmbeddedJob): void;
}

export class EmbeddedSchedules {
  private readonly entries = new Map<string, Entry>();
  private readonly jobs: JobStore;

  constructor(jobs: JobStore) {
    this.jobs = jobs;
  }

  *set(name: string, timing: Timing, template: NewJob): Coroutine<void> {
    const next = 'every' in timing ? this.firstOf(name, timing.every) : yield* nextTime(timing.cron, timing.tz);
    this.delete(name);
    const entry: Entry = { name, timing, template, next, job: null };
    this.entries.set(name, entry);
    // A job of the schedule that it replaces may have run at this time.
    while (this.jobs.has(idOf(entry))) entry.next = yield* this.after(entry);
    if (this.entries.get(name) === entry) this.make(entry);
  }

  /** Ends a schedule, and removes its next job. Returns false if there is no such schedule. */
  delete(name: string): boolean {
    const entry = this.entries.get(name);
    if (entry === undefined) return false;
    this.entries.delete(name);
    if (entry.job !== null) this.jobs.remove(entry.job);
    return true;
  }

  list(): Scheduled[] {
    return [...this.entries.values()].map(({ name, timing, template, next }) => ({
      name,
      timing,
      task: template.task,
      next,
    }));
  }

  clear(): void {
    this.entries.clear();
  }

  /** @internal Makes the next job of a schedule. */
  *advance(entry: Entry): Coroutine<void> {
    if (this.entries.get(entry.name) !== entry) return;
    entry.next = yield* this.after(entry);
    if (this.entries.get(entry.name) === entry) this.make(entry);
  }

  /** The first job comes at once, unless the schedule is there already: programs make theirs whenever they start. */
  private firstOf(name: string, every: number): number {
    const there = this.entries.get(name);
    const isSame = there !== undefined && 'every' in there.timing && there.timing.every === every;
    return isSame ? there.next : wallTime();
  }

  private *after({ timing, next }: Entry): Coroutine<number> {
    if (!('every' in timing)) return yield* nextTime(timing.cron, timing.tz, next);
    const now = wallTime();
    // Times that have passed meanwhile are left out.
    return next + timing.every * Math.max(1, Math.floor((now - next) / timing.every));
  }

  private make(entry: Entry): void {
    const { template, next } = entry;
    const job = new EmbeddedJob({ ...template, id: idOf(entry), delay: Math.max(0, next - wallTime()) });
    job.onLeft = () => void spawn(advancing, this, entry);
    entry.job = job;
    this.jobs.store(job);
  }
}

function idOf({ name, next }: Entry): string {
  return `repeat:${name}:${Math.round(next)}`;
}

const advancing = /* @__PURE__ */ helper(function* (schedules: EmbeddedSchedules, entry: Entry): Coroutine<void> {
  yield* schedules.advance(entry);
});
