import { checkedTime } from '../hub/checks/checks.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import type { Scheduled, Timing } from './engine.ts';
import { dateOf } from './wall-clock.ts';

/** When a schedule makes its jobs: `{ every }`, or `{ cron, tz }`. */
export interface ScheduleOptions {
  /** The time between two jobs in milliseconds. The first one is made at once. */
  every?: number | undefined;
  /** A cron expression of five fields, or of six if it begins with the seconds: `0 3 * * 1-5`. */
  cron?: string | undefined;
  /** The time zone of `cron`, such as `Europe/Berlin`. The default is the zone of the worker that runs the job before. */
  tz?: string | undefined;
}

const OPTIONS: OptionNames<ScheduleOptions> = { every: 'number', cron: 'string', tz: 'string' };

/** A schedule of an app. */
export interface Schedule {
  readonly name: string;
  /** The name of the task. */
  readonly task: string;
  readonly every: number | null;
  readonly cron: string | null;
  readonly tz: string | null;
  /** The time of its next job. */
  readonly next: Date | null;
}

export function checkedTiming(options: ScheduleOptions): Timing {
  const { every, cron, tz } = checkedOptions(options, OPTIONS, 'app.schedule()') ?? {};
  if ((every === undefined) === (cron === undefined)) {
    throw new TypeError("app.schedule() takes { every: 60_000 }, or { cron: '0 3 * * *', tz: 'Europe/Berlin' }");
  }
  if (every !== undefined) {
    if (tz !== undefined) throw new TypeError('tz of app.schedule() belongs to cron, not to every');
    if (checkedTime(every, 'every') >= 1 && every < Infinity) return { every };
    throw new RangeError(`every must be at least 1 millisecond, and finite, not ${every}`);
  }
  if (typeof cron !== 'string') throw new TypeError(`cron must be a string, not ${kindOf(cron)}`);
  if (cron.trim() === '') throw new RangeError("cron must be an expression, such as '0 3 * * *', and not empty");
  if (tz !== undefined) checkZone(tz);
  return { cron, tz };
}

/** Schedules are named as other tools on the server can show them. */
export function checkedScheduleName(name: unknown): void {
  if (typeof name !== 'string') throw new TypeError(`the name of a schedule must be a string, not ${kindOf(name)}`);
  if (name.length >= 1 && name.length <= 100 && !name.includes(':')) return;
  throw new RangeError('the name of a schedule must have 1 to 100 characters, and no colon');
}

export function shownSchedule({ name, task, timing, next }: Scheduled): Schedule {
  const { every = null, cron = null, tz = null } = timing as { every?: number; cron?: string; tz?: string };
  return { name, task, every, cron, tz, next: next === null ? null : dateOf(next) };
}

function checkZone(tz: unknown): void {
  if (typeof tz !== 'string') throw new TypeError(`tz must be a string, not ${kindOf(tz)}`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
  } catch (error) {
    throw new RangeError(
      `tz must be the name of a time zone, such as Europe/Berlin, not ${JSON.stringify(tz.slice(0, 40))}`,
      {
        cause: error,
      },
    );
  }
}
