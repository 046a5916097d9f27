import type { Coroutine, Operation } from '../greenlet/operation.ts';
import { operation } from '../greenlet/operation.ts';
import { Shown } from '../greenlet/shown.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { hub } from '../hub/loop/hub.ts';
import type { Greenlet } from '../hub/tasks/greenlet.ts';
import { helper } from '../hub/tasks/helper.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Core } from './core.ts';
import type { NewJob } from './engine.ts';
import { type ApplyAsyncOptions, type CallPlan, checkedCall } from './options.ts';

/** What waits for the jobs of a call. */
export interface Pending<R> {
  beginNew(): Coroutine<void>;
  get(): Operation<R>;
  readonly hasEnded: boolean;
  revoking(reason: string): Coroutine<void>;
  stopWatching(): void;
}

/** Jobs that are ready to be stored: a call of a task, or several calls that belong together. */
export abstract class Work<R, Result> extends Shown {
  /** @internal */
  readonly core: Core;

  /** @internal */
  constructor(core: Core) {
    super();
    this.core = core;
  }

  /** @internal Makes the jobs. Each use makes new ones. */
  protected abstract jobs(call: CallPlan): readonly NewJob[];

  /** @internal */
  protected abstract resultOf(jobs: readonly NewJob[]): Result & Pending<R>;

  /**
   * Stores it.
   *
   * @returns an operation for its result object. Once it returns, the jobs are stored
   * @throws StoreError if the server refuses to store them
   */
  delay(): Operation<Result> {
    return this.applyAsync();
  }

  /**
   * Stores it, with options.
   *
   * @param options `delay` or `eta`, `priority`, `id`, `expires`, `attempts`, `queue`; `timeout` limits the time that it takes to
   *   store it
   * @returns an operation for its result object. Once it returns, the jobs are stored
   * @throws StoreError if the server refuses to store them, or does not answer within `timeout`
   */
  applyAsync(options?: ApplyAsyncOptions): Operation<Result> {
    const call = checkedCall(options, this.core.engine.now());
    return storing(
      this.core,
      () => this.jobs(call),
      (jobs) => this.resultOf(jobs),
      call.timeout,
    );
  }

  /**
   * Stores it, and waits for its result. If the caller is killed, the jobs are revoked.
   *
   * @throws what a task has thrown; StoreError if the server refuses to store the jobs
   */
  call(): Operation<R> {
    const call = checkedCall(undefined, this.core.engine.now());
    return calling(
      this.core,
      () => this.jobs(call),
      (jobs) => this.resultOf(jobs),
    );
  }
}

/** An operation that stores jobs, and gives their result. */
export function storing<Result>(
  core: Core,
  make: () => readonly NewJob[],
  resultOf: (jobs: readonly NewJob[]) => Result,
  timeout: number,
): Operation<Result> {
  const next = eachTime(make);
  return operation(() => store(core, next(), resultOf, timeout), 'applyAsync()');
}

function* store<Result>(
  core: Core,
  jobs: readonly NewJob[],
  resultOf: (jobs: readonly NewJob[]) => Result,
  timeout: number,
): Coroutine<Result> {
  yield* core.put(jobs, timeout);
  return resultOf(jobs);
}

/**
 * Makes jobs for each use of an operation. Those of the first use are made now, because the caller may change the arguments, and has
 * to learn what cannot be stored.
 */
function eachTime(make: () => readonly NewJob[]): () => readonly NewJob[] {
  let first: readonly NewJob[] | null = make();
  return () => {
    const jobs = first ?? make();
    first = null;
    return jobs;
  };
}

/** An operation that stores jobs, and waits for them. */
export function calling<R>(
  core: Core,
  make: () => readonly NewJob[],
  resultOf: (jobs: readonly NewJob[]) => Pending<R>,
): Operation<R> {
  const next = eachTime(make);
  return operation(() => {
    const jobs = next();
    return storeAndWait(core, jobs, resultOf(jobs));
  }, 'call()');
}

function* storeAndWait<R>(core: Core, jobs: readonly NewJob[], result: Pending<R>): Coroutine<R> {
  yield* result.beginNew();
  const adding = spawn(add, core, jobs);
  try {
    yield* adding;
    return yield* result.get();
  } finally {
    const isRefused = adding.ready() && !adding.successful();
    if (isRefused) result.stopWatching();
    else if (!result.hasEnded) yield* calledOff(adding, result);
  }
}

/** Waits until the jobs of a cancelled call have ended, but not longer than for other cleanup. */
function calledOff(adding: Greenlet<unknown>, result: Pending<unknown>): Operation<void> {
  const revoking = spawn(revoke, adding, result);
  return shield(() => revoking.join({ timeout: hub.cleanupGrace }));
}

const add = /* @__PURE__ */ helper(function* (core: Core, jobs: readonly NewJob[]): Coroutine<void> {
  yield* core.put(jobs);
});

const revoke = /* @__PURE__ */ helper(function* (adding: Greenlet<unknown>, result: Pending<unknown>): Coroutine<void> {
  yield* adding.join();
  if (adding.successful()) yield* result.revoking('its caller no longer waits');
});
