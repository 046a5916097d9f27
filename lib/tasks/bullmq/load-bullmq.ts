import { loadPackage } from '../load-package.ts';

/** What is used of the optional packages. */
export type Bull = Pick<
  typeof import('bullmq'),
  | 'Queue'
  | 'QueueEvents'
  | 'Worker'
  | 'FlowProducer'
  | 'UnrecoverableError'
  | 'DelayedError'
  | 'WaitingError'
  | 'WaitingChildrenError'
> &
  Pick<typeof import('ioredis'), 'Redis'>;

const FOR_WHAT = 'an app with a url';

/** Loads BullMQ and its client, which takes a third of a second. */
export async function loadBull(): Promise<Bull> {
  const { Redis } = await loadPackage(() => import('ioredis'), 'ioredis', FOR_WHAT);
  const bullmq = await loadPackage(() => import('bullmq'), 'bullmq', FOR_WHAT);
  const { Queue, QueueEvents, Worker, FlowProducer } = bullmq;
  const { UnrecoverableError, DelayedError, WaitingError, WaitingChildrenError } = bullmq;
  const errors = { UnrecoverableError, DelayedError, WaitingError, WaitingChildrenError };
  return { Redis, Queue, QueueEvents, Worker, FlowProducer, ...errors };
}
