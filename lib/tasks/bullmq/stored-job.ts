/** How a job is stored in BullMQ. Its arguments and its result can be read there, unless JSON cannot hold them. */
import type { FlowJob, Job, JobsOptions } from 'bullmq';
import type { EngineSettings, NewJob, Place } from '../engine.ts';
import type { Failure, Payload } from '../payload.ts';
import { queueName, storedId } from './keys.ts';

export interface StoredData {
  readonly args?: unknown;
  readonly v8?: string;
  readonly expires?: number;
  readonly takes?: 'one' | 'all';
  /** Its children: lane and id. */
  readonly from?: readonly (readonly [lane: string, id: string])[];
  /** Set when it has failed for good. */
  readonly failure?: Failure;
}

/** The result, in an object, because BullMQ makes null of what is not there. */
export type StoredResult = { readonly value?: unknown } | { readonly v8: string };

export type StoredJob = Job<StoredData, StoredResult, string>;

export function dataOf({ args, expires, takes, children }: NewJob): StoredData {
  return {
    ...('v8' in args ? { v8: args.v8 } : { args: args.json }),
    ...(expires === null ? {} : { expires }),
    ...(takes === 'nothing' ? {} : { takes, from: children.map(({ lane, id }) => [lane, id] as const) }),
  };
}

export function argsOf({ v8, args }: StoredData): Payload {
  return v8 === undefined ? { json: args } : { v8 };
}

export function resultOf(value: Payload): StoredResult {
  return 'v8' in value ? value : { value: value.json };
}

export function payloadOf(result: StoredResult | null | undefined): Payload {
  if (result == null) return { json: undefined };
  return 'v8' in result ? result : { json: result.value };
}

export function childrenOf({ from = [] }: StoredData): Place[] {
  return from.map(([lane, id]) => ({ lane, id }));
}

/** BullMQ's options of a job. */
export function optionsOf(job: NewJob, { keepResults, keepFailures }: EngineSettings): JobsOptions {
  const { id, attempts, priority, delay } = job;
  return {
    jobId: storedId(id),
    attempts,
    // The worker says how long the pause is.
    ...(attempts === 1 ? {} : { backoff: { type: 'custom' } }),
    ...(priority === 0 ? {} : { priority }),
    ...(delay === 0 ? {} : { delay: Math.ceil(delay) }),
    removeOnComplete: keptFor(keepResults),
    removeOnFail: keptFor(keepFailures),
  };
}

/** A job with those that it waits for. */
export function flowOf(job: NewJob, settings: EngineSettings, isChild = false): FlowJob {
  return {
    name: job.task,
    queueName: queueName(settings.name, job.lane),
    data: dataOf(job),
    opts: { ...optionsOf(job, settings), ...(isChild ? { failParentOnFailure: true } : {}) },
    children: job.children.map((child) => flowOf(child, settings, true)),
  };
}

/** BullMQ counts in seconds. */
function keptFor(ms: number): boolean | { age: number } {
  if (ms === 0) return true;
  return ms === Infinity ? false : { age: Math.ceil(ms / 1_000) };
}
