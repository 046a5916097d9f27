import type { FlowProducer } from 'bullmq';
import type { NewJob } from '../engine.ts';
import type { BullContext } from './bull-context.ts';
import { dataOf, flowOf, optionsOf } from './stored-job.ts';

/** Stores jobs, all or none. */
export class JobStore {
  private readonly context: BullContext;
  private flows: FlowProducer | null = null;

  constructor(context: BullContext) {
    this.context = context;
  }

  /** Stores jobs whose lanes may be unknown to other processes. */
  add(jobs: readonly NewJob[]): Promise<unknown> {
    const { context } = this;
    const [first] = jobs as [NewJob];
    const isFlat = jobs.every(({ children, lane }) => children.length === 0 && lane === first.lane);
    const names = isFlat ? [first.lane] : [...new Set(jobs.flatMap((job) => [...lanesOf(job)]))];
    const unknown = names.filter((name) => !context.knows(name));
    if (unknown.length === 0) return this.send(jobs, isFlat);
    // It leaves before the job, on the same connection. If the server refuses, it refuses both.
    const registered = unknown.map((name) => context.register(name));
    return Promise.all([this.send(jobs, isFlat), ...registered]);
  }

  async close(): Promise<void> {
    await this.flows?.close();
  }

  private send(jobs: readonly NewJob[], isFlat: boolean): Promise<unknown> {
    const { context } = this;
    const [first] = jobs as [NewJob];
    if (!isFlat) {
      this.flows ??= new context.bull.FlowProducer({ connection: context.connection.redis });
      return this.flows.addBulk(jobs.map((job) => flowOf(job, context.settings)));
    }
    const { queue } = context.lane(first.lane);
    if (jobs.length === 1) return queue.add(first.task, dataOf(first), optionsOf(first));
    return queue.addBulk(jobs.map((job) => ({ name: job.task, data: dataOf(job), opts: optionsOf(job) })));
  }
}

function* lanesOf({ lane, children }: NewJob): Iterable<string> {
  yield lane;
  for (const child of children) yield* lanesOf(child);
}
