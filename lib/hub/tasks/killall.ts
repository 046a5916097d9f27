import { excused, type Operation, operation } from '../../greenlet/operation.ts';
import { Timeout } from '../cancellation/timeout.ts';
import { checkedOptions } from '../checks/options.ts';
import { checkedItems } from '../parking/items.ts';
import { Greenlet } from './greenlet.ts';
import { KILL_OPTIONS, type KillOptions } from './kill-options.ts';
import { notSpawned, WaitFor } from './wait-for.ts';

/**
 * Kills greenlets. The kill takes effect at once. A greenlet killed before its first run never runs.
 *
 * @param greenlets the greenlets to kill
 * @param options `reason`: the error to raise in each greenlet; `timeout` in milliseconds for the wait
 * @returns an operation that waits until all of them have ended
 * @throws Timeout, from the wait, if some are still alive; TypeError if a member is not a Greenlet
 *
 * @example
 * yield* killall(workers, { timeout: 2_000 });
 */
export function killall(greenlets: Iterable<Greenlet>, options?: KillOptions): Operation<void> {
  const list = checkedItems(greenlets, 'killall()', 'greenlets');
  const { timeout, ...how } = checkedOptions(options, KILL_OPTIONS, 'killall()') ?? {};
  for (const greenlet of list) {
    if (!(greenlet instanceof Greenlet)) throw notSpawned('killall()', greenlet);
  }
  const joined = excused(new WaitFor(list, { timeout }, true));
  for (const greenlet of list) greenlet.kill(how);
  return excused(
    operation(function* () {
      yield* joined;
      const alive = list.filter((greenlet) => !greenlet.dead);
      if (alive.length === 0) return;
      throw new Timeout(
        timeout as number,
        `${alive.length} of ${list.length} greenlets are still alive after ${timeout} ms, among them ${alive[0]?.name}`,
      );
    }, 'killall()'),
  );
}
