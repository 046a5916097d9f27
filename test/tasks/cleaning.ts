import { Event, sleep } from '../../lib/index.ts';
import type { Task, Tasks } from '../../lib/tasks/index.ts';

/** A task that runs until it is killed, and then cleans up. */
export function cleaningTask(app: Tasks, events: string[]): { slow: Task<[], void>; started: Event } {
  const started = new Event();
  const slow = app.task('slow', function* () {
    started.set();
    try {
      yield* sleep(1_000_000);
    } finally {
      events.push('cleaned up');
    }
  });
  return { slow, started };
}
