import { checkedTime } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import type { Counts } from './engine.ts';
import { checkedName, checkedWhole } from './options.ts';

export interface TasksOptions {
  /** Distinguishes its jobs from those of other apps on the same server. */
  name: string;
  /** The URL of a Redis or Valkey server, such as `redis://host:6379`. Without it, the app is embedded in this process. */
  url?: string | undefined;
  /** How long results are kept, in milliseconds; 3,600,000 (an hour) by default. The app of the worker that runs the job decides. */
  keepResults?: number | undefined;
  /**
   * How long jobs that have failed for good are kept, in milliseconds; Infinity by default. With a server, it is at least a minute. The
   * app of the worker decides.
   */
  keepFailures?: number | undefined;
  /** The largest size of arguments and of a result, in bytes; 1,048,576 (1 MiB) by default. */
  maxPayload?: number | undefined;
}

const OPTIONS: OptionNames<TasksOptions> = {
  name: 'string',
  url: 'string',
  keepResults: 'number',
  keepFailures: 'number',
  maxPayload: 'number',
};

/** How many jobs there are, altogether and in each lane. */
export interface TasksStats extends Counts {
  /** By queue, and by `queue.task` for tasks with a rate or a concurrency of their own. */
  readonly lanes: Readonly<Record<string, Counts>>;
}

/** A job that has failed for good. */
export interface FailedTask {
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  readonly queue: string;
  /** How often it has failed. */
  readonly attempts: number;
  readonly at: Date;
  /** What it has thrown, with the stack of the worker. */
  readonly error: unknown;
}

/** How many failed jobs `failed()` gives. */
export interface FailedOptions {
  /** The newest ones come first; 100 by default. */
  limit?: number | undefined;
}

/** The options of an app, checked and complete. */
export interface TasksPlan {
  readonly name: string;
  /** Null if it is embedded. */
  readonly url: string | null;
  readonly keepResults: number;
  readonly keepFailures: number;
  readonly maxPayload: number;
}

export function checkedTasks(options: TasksOptions): TasksPlan {
  checkedOptions(options, OPTIONS, 'new Tasks()');
  const { name, url, keepResults = 3_600_000, keepFailures = Infinity, maxPayload = 1_048_576 } = options ?? {};
  return {
    name: checkedName(name, 'app'),
    url: url === undefined || url === '' ? null : checkedUrl(url),
    keepResults: checkedTime(keepResults, 'keepResults'),
    keepFailures: checkedTime(keepFailures, 'keepFailures'),
    maxPayload: checkedWhole(maxPayload, 'maxPayload', 1),
  };
}

export function checkTaskName(name: unknown): void {
  if (typeof name !== 'string') throw new TypeError(`the name of a task must be a string, not ${kindOf(name)}`);
  if (/^[\w.-]{1,100}$/.test(name)) return;
  throw new RangeError(
    `the name of a task must have 1 to 100 letters, digits, "_", "-" and ".", not ${JSON.stringify(name.slice(0, 40))}`,
  );
}

/** The text of a wrong URL may contain a password, so it is not shown. */
function checkedUrl(url: unknown): string {
  if (typeof url !== 'string') throw new TypeError(`url of new Tasks() must be a string, not ${kindOf(url)}`);
  if (/^(?:redis|rediss|valkey|valkeys):\/\//.test(url) && URL.canParse(url)) return url;
  throw new TypeError('url of new Tasks() must be like redis://host:6379 or rediss://user:password@host:6379/0');
}
