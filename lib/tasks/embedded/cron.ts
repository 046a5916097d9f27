import type { Coroutine } from '../../greenlet/operation.ts';
import { until } from '../../hub/parking/until.ts';
import { loadPackage } from '../load-package.ts';
import { dateOf } from '../wall-clock.ts';

/** The next time of a cron expression, after `from`. BullMQ uses the same parser. Both are in milliseconds since 1970. */
export function* nextTime(cron: string, tz: string | undefined, from: number): Coroutine<number> {
  const load = () => import('cron-parser');
  const { CronExpressionParser } = yield* until(loadPackage(load, 'cron-parser', 'a schedule with cron'));
  const options = { currentDate: dateOf(from), ...(tz === undefined ? {} : { tz }) };
  return CronExpressionParser.parse(cron, options).next().getTime();
}
