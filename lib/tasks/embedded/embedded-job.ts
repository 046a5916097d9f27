import type { Coroutine } from '../../greenlet/operation.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import type { Ending, JobInfo, NewJob, Run, TakenJob } from '../engine.ts';
import { ownCopy, type Payload } from '../payload.ts';

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
  /** How often it has failed. */
  failures = 0;
  ending: Ending | null = null;
  endedAt = 0;
  progress: unknown = null;
  readonly logs: string[] = [];
  readonly watchers = new Set<(ending: Ending) => void>();
  parent: EmbeddedJob | null = null;
  run: Run | null = null;
  /** Ends its delay. */
  timer: Greenlet | null = null;
  /** Called when it is taken. */
  onTaken: (() => void) | null = null;

  constructor(made: NewJob) {
    this.made = { ...made, args: ownCopy(made.args) };
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
      lost: 0,
      children: () => this.results(),
      setProgress: (value) => {
        this.progress = JSON.parse(JSON.stringify(value));
      },
      log: (text) => void this.logs.push(text),
    };
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
    return this.children.map(({ ending }) => (ending as Extract<Ending, { kind: 'completed' }>).value);
  }
}
