import type { Coroutine } from '../../greenlet/operation.ts';
import { until } from '../../hub/parking/until.ts';
import { loadPackage } from '../load-package.ts';
import { dateOf, wallTime } from '../wall-clock.ts';

/**
 * The next time of a cron expression, in milliseconds since 1970. BullMQ uses the same parser.
 *
 * @param after it comes after this time, too
 */
export function* nextTime(cron: string, tz: string | undefined, after = 0): Coroutine<number> {
  const { CronExpressionParser } = loaded ?? (yield* load());
  // Loading it takes time.
  const from = Math.max(wallTime(), after);
  const options = { currentDate: dateOf(from), ...(tz === undefined ? {} : { tz }) };
  return CronExpressionParser.parse(cron, options).next().getTime();
}

const importParser = () => import('cron-parser');

/** While a greenlet waits for a promise, virtual time may pass a job by. So only the first schedule waits. */
let loaded: Awaited<ReturnType<typeof importParser>> | null = null;

function* load(): Coroutine<NonNullable<typeof loaded>> {
  const parser = yield* until(loadPackage(importParser, 'cron-parser', 'a schedule with cron'));
  loaded = parser;
  return parser;
}
