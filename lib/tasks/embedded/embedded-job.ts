import type { Coroutine } from '../../greenlet/operation.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import type { Ending, JobInfo, NewJob, Run, TakenJob } from '../engine.ts';
import { ownCopy, type Payload } from '../payload.ts';

export type Watcher = (ending: Ending) => void;

/**
 * A job of this process.
 *
 *     BLOCKED ──(children)──▶ WAITING ⇄ DELAYED
 *        │                       │ taken     ▲
 *        │                       ▼           │ fails, or is to run later
 *        └──(a child fails)─▶ ENDED ◀── ACTIVE
 */
export class EmbeddedJob {
  readonly made: NewJob;
  readonly children: readonly EmbeddedJob[];
  state: 'blocked' | 'waiting' | 'delayed' | 'active' | 'ended' = 'waiting';
  /** How often it was taken, and how often it has failed. */
  starts = 0;
  failures = 0;
  ending: Ending | null = null;
  endedAt = 0;
  progress: unknown = null;
  readonly logs: string[] = [];
  readonly watchers = new Set<Watcher>();
  parent: EmbeddedJob | null = null;
  run: Run | null = null;
  /** Ends its delay. */
  timer: Greenlet | null = null;
  /** Called once, when it no longer waits: a worker has taken it, or it was removed. Null for a job that belongs to no schedule. */
  onLeft: (() => void) | null = null;

  constructor(made: NewJob) {
    this.made = made;
    this.children = made.children.map((child) => new EmbeddedJob(child));
    for (const child of this.children) child.parent = this;
  }

  get isBlocked(): boolean {
    return this.children.some(({ ending }) => ending?.kind !== 'completed');
  }

  taken(): TakenJob {
    const { made } = this;
    const { id, lane, task, args, attempts, expires, takes } = made;
    return {
      ...{ id, lane, task, args, attempts, expires, takes },
      attempt: this.failures + 1,
      isFirst: this.starts === 1,
      lost: 0,
      children: () => this.results(),
      setProgress: (value) => {
        this.progress = value;
      },
      log: (text) => void this.logs.push(text),
    };
  }

  /** It no longer waits. It may wait again, for another attempt. */
  left(): void {
    const { onLeft } = this;
    this.onLeft = null;
    onLeft?.();
  }

  info(): JobInfo {
    const { ending, progress, logs } = this;
    return { status: this.status(), progress, logs: [...logs], ending };
  }

  private status(): JobInfo['status'] {
    if (this.ending !== null) return this.ending.kind;
    return this.state === 'delayed' || this.state === 'active' ? this.state : 'waiting';
  }

  /** The other engine has to wait for them. */
  private *results(): Coroutine<readonly Payload[]> {
    return this.children.map(({ ending }) => ownCopy((ending as Extract<Ending, { kind: 'completed' }>).value));
  }
}

/** An end whose result belongs to its reader. A worker and each reader would share an object otherwise. */
export function ownEnding(ending: Ending): Ending {
  return ending.kind === 'completed' ? { ...ending, value: ownCopy(ending.value) } : ending;
}
