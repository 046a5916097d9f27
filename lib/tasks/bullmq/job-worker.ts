import type { Processor, Worker, WorkerOptions } from 'bullmq';
import type { Bull } from './load-bullmq.ts';
import type { StoredData, StoredResult } from './stored-job.ts';

type Base = Worker<StoredData, StoredResult, string>;

/** A worker of BullMQ that can give a job back, and give up. */
export interface JobWorker extends Base {
  /** Stops renewing the lock of a job. Call it before another command gives up the lock. */
  release(stored: string): void;
  /** Renews no lock any more. Without its server, `close()` never comes to that, and the timer would keep the process alive. */
  giveUp(): void;
}

export function jobWorker(
  { Worker }: Bull,
  queue: string,
  process: Processor<StoredData, StoredResult, string>,
  options: WorkerOptions,
): JobWorker {
  class Releasing extends Worker<StoredData, StoredResult, string> implements JobWorker {
    release(stored: string): void {
      this.lockManager.untrackJob(stored);
    }

    giveUp(): void {
      // It only stops a timer.
      void this.lockManager.close();
    }
  }
  return new Releasing(queue, process, options);
}
