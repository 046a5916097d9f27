/** How a job is stored in BullMQ. Its arguments and its result can be read there, unless JSON cannot hold them. */
import type { FlowJob, Job, JobsOptions, KeepJobs } from 'bullmq';
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

/** Returns BullMQ's options for a job, without BullMQ's defaults: each option costs time in every command. */
export function optionsOf({ id, attempts, priority, delay }: NewJob): JobsOptions {
  const options: JobsOptions = { jobId: storedId(id) };
  if (attempts !== 1) {
    options.attempts = attempts;
    // The worker says how long the pause is.
    options.backoff = { type: 'custom' };
  }
  if (priority !== 0) options.priority = priority;
  if (delay !== 0) options.delay = Math.ceil(delay);
  return options;
}

/** A job with those that it waits for. */
export function flowOf(job: NewJob, settings: EngineSettings, isChild = false): FlowJob {
  return {
    name: job.task,
    queueName: queueName(settings.name, job.lane),
    data: dataOf(job),
    opts: { ...optionsOf(job), ...(isChild ? { failParentOnFailure: true } : {}) },
    children: job.children.map((child) => flowOf(child, settings, true)),
  };
}

/** An error must be there for those who wait for it, and so must a revocation, in milliseconds. */
export const LEAST_KEPT = 60_000;

/** How long a worker keeps what has ended. BullMQ counts in seconds. */
export function keptFor(ms: number): KeepJobs {
  if (ms === 0) return { count: 0 };
  return ms === Infinity ? { count: -1 } : { age: Math.ceil(ms / 1_000) };
}
