import { hub } from '../hub/loop/hub.ts';
import type { Clock } from '../hub/loop/timers.ts';

/** Makes the hub's timers follow another clock. Each timer keeps the time that it had left. Returns the previous clock. */
export function useClock(clock: Clock): Clock {
  const { timers } = hub;
  const previous = timers.clock;
  const now = previous.now();
  const running = [...timers.byDeadline.values()]
    .sort((a, b) => a.deadline - b.deadline)
    .flatMap((bucket) => [...bucket].map((timer) => ({ timer, left: Math.max(0, bucket.deadline - now) })));
  for (const { timer } of running) timers.stop(timer);
  timers.settle();
  timers.clock = clock;
  for (const { timer, left } of running) timers.start(timer, left);
  if (timers.size > 0) hub.schedule();
  return previous;
}
