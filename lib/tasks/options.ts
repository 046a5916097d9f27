/** The options of tasks and of their calls. */

import { checkedTime } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';

/** The pauses between attempts. */
export interface BackoffOptions {
  /** The first pause in milliseconds; 1,000 by default. */
  delay?: number | undefined;
  /** The ratio of each pause to the previous one; 2 by default. */
  factor?: number | undefined;
  /** The longest pause in milliseconds; 3,600,000 (an hour) by default. */
  max?: number | undefined;
  /** The random share of each pause, from 0 to 1; 0 by default. */
  jitter?: number | undefined;
}

/** How often a task may start, counted over all workers. */
export interface RateOptions {
  /** How many may start in an interval. */
  limit: number;
  /** The interval in milliseconds; 1,000 by default. */
  interval?: number | undefined;
}

export interface TaskOptions {
  /** How often it may run before it has failed for good, if it throws; 1 by default. */
  attempts?: number | undefined;
  /** The pauses between attempts. A number is the first pause in milliseconds. */
  backoff?: BackoffOptions | number | undefined;
  /** How long a run may take, in milliseconds. There is no limit by default. */
  timeout?: number | undefined;
  /** How often it may start, over all workers. The task then has a lane of its own. */
  rate?: RateOptions | undefined;
  /** How many may run at once in a worker. The task then has a lane of its own, beside the worker's `concurrency`. */
  concurrency?: number | undefined;
  /** Its queue; `'default'` by default. */
  queue?: string | undefined;
  /** Lower ones run first; 0 by default, which is the first. */
  priority?: number | undefined;
  /** Runs it in a thread, by `offload()`. Its function must be made by `remote()` of greenhub/process. */
  thread?: boolean | undefined;
}

/** The options of one call of a task. */
export interface ApplyAsyncOptions {
  /** How long it waits before it may run, in milliseconds. */
  delay?: number | undefined;
  /** When it may run, instead of `delay`. */
  eta?: Date | undefined;
  /** Lower ones run first. */
  priority?: number | undefined;
  /** Its id. If a job with this id is known already, this is that job. */
  id?: string | undefined;
  /** After so many milliseconds, or at this time, it need not run any more. It then fails with a Timeout. */
  expires?: number | Date | undefined;
  /** Instead of those of the task. */
  attempts?: number | undefined;
  /** Instead of that of the task. */
  queue?: string | undefined;
  /** How long to wait for the server to store it, in milliseconds. Without it, the call waits until there is a connection. */
  timeout?: number | undefined;
}

const TASK_OPTIONS: OptionNames<TaskOptions> = {
  attempts: 'number',
  backoff: 'any',
  timeout: 'number',
  rate: 'object',
  concurrency: 'number',
  queue: 'string',
  priority: 'number',
  thread: 'boolean',
};

const BACKOFF_OPTIONS: OptionNames<BackoffOptions> = {
  delay: 'number',
  factor: 'number',
  max: 'number',
  jitter: 'number',
};
const RATE_OPTIONS: OptionNames<RateOptions> = { limit: 'number', interval: 'number' };

const APPLY_OPTIONS: OptionNames<ApplyAsyncOptions> = {
  delay: 'number',
  eta: 'object',
  priority: 'number',
  id: 'string',
  expires: 'any',
  attempts: 'number',
  queue: 'string',
  timeout: 'number',
};

/** BullMQ stores priorities in a sorted set, and has no room for larger ones. */
const LOWEST_PRIORITY = 2 ** 21 - 1;

/** The shortest lock of a worker, in milliseconds. */
export const LEAST_LOCK = 100;

/** The options of a task, checked and complete. */
export interface TaskPlan {
  readonly attempts: number;
  readonly backoff: Required<BackoffOptions>;
  readonly timeout: number;
  readonly rate: Required<RateOptions> | null;
  readonly concurrency: number | null;
  readonly queue: string;
  readonly priority: number;
  readonly thread: boolean;
}

export function checkedTask(options: TaskOptions | undefined): TaskPlan {
  const given = checkedOptions(options, TASK_OPTIONS, 'app.task()') ?? {};
  const {
    attempts = 1,
    timeout = Infinity,
    concurrency = null,
    queue = 'default',
    priority = 0,
    thread = false,
  } = given;
  return {
    attempts: checkedWhole(attempts, 'attempts', 1),
    backoff: checkedBackoff(given.backoff),
    timeout: checkedTime(timeout, 'the timeout of a task'),
    rate: given.rate === undefined ? null : checkedRate(given.rate),
    concurrency: concurrency === null ? null : checkedWhole(concurrency, 'concurrency', 1),
    queue: checkedName(queue, 'queue'),
    priority: checkedPriority(priority),
    thread,
  };
}

/** The options of a call, checked. Times are relative to `now`. */
export interface CallPlan {
  readonly delay: number;
  readonly priority: number | null;
  readonly id: string | null;
  readonly expires: number | null;
  readonly attempts: number | null;
  readonly queue: string | null;
  readonly timeout: number;
}

export function checkedCall(options: ApplyAsyncOptions | undefined, now: number): CallPlan {
  const given = checkedOptions(options, APPLY_OPTIONS, 'task.applyAsync()') ?? {};
  const { delay, eta, priority, id, expires, attempts, queue, timeout = Infinity } = given;
  if (delay !== undefined && eta !== undefined) throw new TypeError('applyAsync() takes delay or eta, not both');
  return {
    delay: eta === undefined ? checkedFinite(delay ?? 0, 'delay') : Math.max(0, timeOf(eta, 'eta') - now),
    priority: priority === undefined ? null : checkedPriority(priority),
    id: id === undefined ? null : checkedId(id),
    expires: expires === undefined ? null : expiryOf(expires, now),
    attempts: attempts === undefined ? null : checkedWhole(attempts, 'attempts', 1),
    queue: queue === undefined ? null : checkedName(queue, 'queue'),
    timeout: checkedTime(timeout, 'timeout'),
  };
}

/** Names are parts of the names of lanes, which a dot separates. */
export function checkedName(name: unknown, what: string): string {
  if (typeof name !== 'string')
    throw new TypeError(`the name of ${articled(what)} must be a string, not ${kindOf(name)}`);
  if (/^[\w-]{1,100}$/.test(name)) return name;
  throw new RangeError(
    `the name of ${articled(what)} must have 1 to 100 letters, digits, "_" and "-", not ${JSON.stringify(name.slice(0, 40))}`,
  );
}

/** @throws RangeError unless it is a whole number, at least `least` */
export function checkedWhole(value: unknown, what: string, least: number): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not ${kindOf(value)}`);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${what} must be a whole number, at least ${least}, not ${value}`);
}

function articled(what: string): string {
  return /^[aeiou]/.test(what) ? `an ${what}` : `a ${what}`;
}

function checkedBackoff(options: BackoffOptions | number | undefined): Required<BackoffOptions> {
  const given = typeof options === 'number' ? { delay: options } : options;
  const checked = checkedOptions(given, BACKOFF_OPTIONS, 'backoff') ?? {};
  const { delay = 1_000, factor = 2, max = 3_600_000, jitter = 0 } = checked;
  checkedFinite(delay, "backoff's delay");
  checkedFinite(max, "backoff's max");
  if (!(typeof factor === 'number' && factor >= 1 && factor < Infinity)) {
    throw new RangeError(`backoff's factor must be a number, at least 1, not ${factor}`);
  }
  if (!(typeof jitter === 'number' && jitter >= 0 && jitter <= 1)) {
    throw new RangeError(`backoff's jitter must be a number from 0 to 1, not ${jitter}`);
  }
  return { delay, factor, max, jitter };
}

function checkedRate(options: RateOptions): Required<RateOptions> {
  const { limit, interval = 1_000 } = checkedOptions(options, RATE_OPTIONS, 'rate') as RateOptions;
  checkedWhole(limit, "rate's limit", 1);
  if (checkedFinite(interval, "rate's interval") < 1) {
    throw new RangeError(`rate's interval must be at least 1 millisecond, not ${interval}`);
  }
  return { limit, interval };
}

function checkedPriority(priority: unknown): number {
  if (checkedWhole(priority, 'priority', 0) <= LOWEST_PRIORITY) return priority as number;
  throw new RangeError(`priority must be at most ${LOWEST_PRIORITY}, not ${priority}`);
}

function checkedFinite(ms: unknown, what: string): number {
  if (checkedTime(ms, what) < Infinity) return ms as number;
  throw new RangeError(`${what} must be finite`);
}

/** @throws TypeError for anything but a string */
export function checkedIdOf(id: unknown): string {
  if (typeof id === 'string') return id;
  throw new TypeError(`the id of a job must be a string, not ${kindOf(id)}`);
}

function checkedId(given: unknown): string {
  const id = checkedIdOf(given);
  if (!(id.length >= 1 && id.length <= 200)) {
    throw new RangeError(`the id of a job must have 1 to 200 characters, not ${id.length}`);
  }
  // The server would keep it under another id.
  if (/\p{Surrogate}/u.test(id)) throw new RangeError('the id of a job must not have half a surrogate pair');
  return id;
}

function expiryOf(expires: number | Date, now: number): number {
  return typeof expires === 'number' ? now + checkedFinite(expires, 'expires') : timeOf(expires, 'expires');
}

function timeOf(date: unknown, what: string): number {
  const time = date instanceof Date ? date.getTime() : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new TypeError(`${what} must be a valid Date, not ${date instanceof Date ? 'an invalid one' : kindOf(date)}`);
}
