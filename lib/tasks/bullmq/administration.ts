/** What is asked of BullMQ beside adding and running jobs. */
import type { Counts, Failed, NewJob, Place, Scheduled, Timing } from '../engine.ts';
import type { BullContext } from './bull-context.ts';
import type { BullLane } from './bull-lane.ts';
import { revokedChannel, shownId, storedId } from './keys.ts';
import { childrenOf, dataOf, optionsOf, type StoredJob } from './stored-job.ts';

/** Where a job is, or was before it was revoked. */
export async function find(context: BullContext, id: string): Promise<Place | null> {
  const lanes = await context.allLanes();
  const { redis } = context.connection;
  const found = await Promise.all(lanes.map(({ queue }) => redis.exists(queue.toKey(storedId(id)))));
  const lane = lanes[found.indexOf(1)];
  if (lane !== undefined) return { lane: lane.name, id };
  const revoked = await context.revoked(id);
  return revoked === null ? null : { lane: revoked.lane, id };
}

/** What tells the workers that a job was revoked. */
export interface RevokedJob extends Place {
  readonly reason: string;
  /** When it was stored. Its id may have been given to another job since. */
  readonly made: number;
}

/** Removes a job that waits, or tells its worker. Returns true once it has ended. */
export async function stop(context: BullContext, revoked: RevokedJob): Promise<boolean> {
  const { id } = revoked;
  const lane = context.lane(revoked.lane);
  const state = await lane.queue.getJobState(storedId(id));
  if (state === 'unknown') return true;
  if (state === 'completed' || state === 'failed') {
    // It was over before the revocation has reached it.
    await context.forgetRevoked(id);
    return true;
  }
  if (state !== 'active' && (await lane.queue.remove(storedId(id), { removeChildren: false })) === 1) return true;
  await context.connection.redis.publish(revokedChannel(context.settings.name), JSON.stringify(revoked));
  return false;
}

export async function schedule(context: BullContext, name: string, timing: Timing, job: NewJob): Promise<void> {
  await context.register(job.lane);
  for (const lane of await context.allLanes()) if (lane.name !== job.lane) await lane.queue.removeJobScheduler(name);
  const repeat =
    'every' in timing ? timing : { pattern: timing.cron, ...(timing.tz === undefined ? {} : { tz: timing.tz }) };
  const { jobId: _own, delay: _none, ...opts } = optionsOf(job);
  await context.lane(job.lane).queue.upsertJobScheduler(name, repeat, { name: job.task, data: dataOf(job), opts });
}

export async function unschedule(context: BullContext, name: string): Promise<boolean> {
  const lanes = await context.allLanes();
  const removed = await Promise.all(lanes.map(({ queue }) => queue.removeJobScheduler(name)));
  return removed.includes(true);
}

export async function schedulesOf({ queue }: BullLane): Promise<Scheduled[]> {
  const schedulers = await queue.getJobSchedulers(0, -1, true);
  return schedulers.map(({ key, name, every, pattern = '', tz, next }) => ({
    name: key,
    timing: every === undefined ? { cron: pattern, tz } : { every: Number(every) },
    task: name,
    next: next ?? null,
  }));
}

export async function countsOf({ name, queue }: BullLane): Promise<[string, Counts]> {
  const counts = await queue.getJobCounts();
  const of = (...states: string[]): number => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  return [
    name,
    {
      waiting: of('waiting', 'prioritized', 'waiting-children', 'paused'),
      delayed: of('delayed'),
      active: of('active'),
      completed: of('completed'),
      failed: of('failed'),
    },
  ];
}

export async function failedOf(lane: BullLane, limit: number): Promise<Failed[]> {
  const jobs = (await lane.queue.getFailed(0, limit - 1)) as StoredJob[];
  const failed = await Promise.all(
    jobs.map(async (job): Promise<Failed | null> => {
      const id = shownId(job.id as string);
      const ending = (await lane.info(id))?.ending;
      if (ending?.kind !== 'failed') return null;
      return {
        id,
        lane: lane.name,
        task: job.name,
        attempts: job.attemptsMade,
        at: job.finishedOn ?? 0,
        failure: ending.failure,
      };
    }),
  );
  return failed.filter((each) => each !== null);
}

/** Runs a failed job again, after the failed ones that it waits for. */
export async function retry(context: BullContext, { lane, id }: Place): Promise<boolean> {
  const { queue } = context.lane(lane);
  const stored = storedId(id);
  const job = (await queue.getJob(stored)) as StoredJob | undefined;
  if (job === undefined || (await job.getState()) !== 'failed') return false;
  for (const child of childrenOf(job.data)) await retry(context, child);
  const { failure: _failure, ...data } = job.data;
  // How many of its workers have died.
  await context.connection.redis.hdel(queue.toKey(stored), 'stc');
  await job.updateData(data);
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  return true;
}
