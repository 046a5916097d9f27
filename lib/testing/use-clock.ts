import { hub } from '../hub/loop/hub.ts';
import type { Clock } from '../hub/loop/timers.ts';

/** The hub's own clock, once another was used, and the clocks in use. The hub follows the last one. */
const clocks: Clock[] = [];

/** Makes the hub's timers follow another clock. Each timer keeps the time that it had left. */
export function useClock(clock: Clock): void {
  if (clocks.length === 0) clocks.push(hub.timers.clock);
  clocks.push(clock);
  followLast();
}

/**
 * Takes a clock out of use, whether or not others were put into use since. Each timer keeps the time that it has left.
 *
 * @param since how many of those others to take out as well
 */
export function dropClock(clock: Clock, since = 0): void {
  const index = clocks.indexOf(clock);
  if (index < 0) return;
  clocks.splice(index, 1 + since);
  followLast();
}

function followLast(): void {
  const { timers } = hub;
  const { clock } = timers;
  const next = clocks.at(-1) as Clock;
  if (next === clock) return;
  const now = clock.now();
  const running = [...timers.byDeadline.values()]
    .sort((a, b) => a.deadline - b.deadline)
    .flatMap((bucket) => [...bucket].map((timer) => ({ timer, left: Math.max(0, bucket.deadline - now) })));
  for (const { timer } of running) timers.stop(timer);
  timers.settle();
  timers.clock = next;
  for (const { timer, left } of running) timers.start(timer, left);
  if (timers.size > 0) hub.schedule();
}
