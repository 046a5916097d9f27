import { wallTime } from '../wall-clock.ts';
import { type EmbeddedJob, ownEnding, type Watcher } from './embedded-job.ts';

/** How long jobs are kept that have ended, in milliseconds. */
export interface Keeping {
  readonly keepResults: number;
  readonly keepFailures: number;
}

/** The jobs of this process, by id. A job that has ended is forgotten once its time is over. */
export class EmbeddedJobs {
  private readonly keeping: Keeping;
  private readonly all = new Map<string, EmbeddedJob>();
  /** Those that have ended, in the order in which they did. The two kinds are kept for different times. */
  private readonly results = new Set<EmbeddedJob>();
  private readonly failures = new Set<EmbeddedJob>();
  /** Watchers of jobs that are not there yet, by id. */
  private readonly awaited = new Map<string, Set<Watcher>>();

  constructor(keeping: Keeping) {
    this.keeping = keeping;
  }

  get(id: string): EmbeddedJob | undefined {
    this.forget();
    return this.all.get(id);
  }

  /** In the order in which they were added. */
  list(): readonly EmbeddedJob[] {
    this.forget();
    return [...this.all.values()];
  }

  /** Those that have failed, the last one first. */
  failed(): readonly EmbeddedJob[] {
    this.forget();
    return [...this.failures].reverse();
  }

  /** Adds a job. Returns false if one with this id is there, unless that was revoked. */
  add(job: EmbeddedJob): boolean {
    const { id } = job.made;
    const awaiting = this.awaited.get(id) ?? [];
    this.awaited.delete(id);
    const there = this.get(id);
    const isSame = there !== undefined && there.ending?.kind !== 'revoked';
    if (there !== undefined && !isSame) this.delete(there);
    if (!isSame) this.all.set(id, job);
    for (const watcher of awaiting) watchJob(isSame ? there : job, watcher);
    return !isSame;
  }

  /**
   * Calls a watcher once, when a job has ended, even if that is not there yet.
   *
   * @returns a function that stops watching
   */
  watch(id: string, watcher: Watcher): () => void {
    const job = this.get(id);
    if (job !== undefined) watchJob(job, watcher);
    else this.awaited.set(id, (this.awaited.get(id) ?? new Set()).add(watcher));
    return () => {
      this.all.get(id)?.watchers.delete(watcher);
      this.awaited.get(id)?.delete(watcher);
      if (this.awaited.get(id)?.size === 0) this.awaited.delete(id);
    };
  }

  /** A job has ended. */
  ended(job: EmbeddedJob): void {
    this.forget();
    const same = job.ending?.kind === 'failed' ? this.failures : this.results;
    if (this.all.get(job.made.id) === job) same.add(job);
  }

  /** A job that had ended lives again. */
  revived(job: EmbeddedJob): void {
    this.delete(job);
    this.all.set(job.made.id, job);
  }

  delete(job: EmbeddedJob): void {
    this.results.delete(job);
    this.failures.delete(job);
    if (this.all.get(job.made.id) === job) this.all.delete(job.made.id);
  }

  clear(): void {
    this.all.clear();
    this.results.clear();
    this.failures.clear();
  }

  private forget(): void {
    this.forgetOf(this.results, this.keeping.keepResults);
    this.forgetOf(this.failures, this.keeping.keepFailures);
  }

  private forgetOf(ended: ReadonlySet<EmbeddedJob>, keep: number): void {
    const before = wallTime() - keep;
    for (const job of ended) {
      if (job.endedAt > before) return;
      this.delete(job);
    }
  }
}

function watchJob({ ending, watchers }: EmbeddedJob, watcher: Watcher): void {
  if (ending === null) watchers.add(watcher);
  else watcher(ownEnding(ending));
}
