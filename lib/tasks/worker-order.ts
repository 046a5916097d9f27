import type { WorkerOptions } from './worker.ts';

/** What the command `greenhub worker` tells each of its processes, in GREENHUB_WORKER. */
export interface WorkerOrder {
  readonly file: string;
  readonly options: WorkerOptions;
  /** Whether it is one of several processes: the command must know whether it is of use to replace it. */
  readonly isOneOfSeveral: boolean;
}

/** The exit code of one of several processes that could not begin to work. Another one could not either. */
export const USELESS = 78;
