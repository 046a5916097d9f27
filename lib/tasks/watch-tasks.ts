import { isMainThread } from 'node:worker_threads';
import { host } from '../hub/loop/host.ts';
import { type Blocked, watchLoop } from '../inspect/watch-blocking.ts';
import { taskOf } from './current-task.ts';

/**
 * Reports tasks that block the event loop for longer than a lock lives. Other workers then run their jobs, and those of all other
 * tasks of this worker, again.
 *
 * @param lock in milliseconds
 * @param jobs how many jobs run. While none does, nothing holds a lock
 */
export function watchTasks(lock: number, jobs: { readonly running: number }): Disposable {
  // A thread has no watcher of its own.
  if (!isMainThread) return { [Symbol.dispose]: () => {} };
  return watchLoop(lock, (blocked) => {
    if (jobs.running > 0) report(blocked, lock);
  });
}

function report({ greenlet, where, ms }: Blocked, lock: number): void {
  const task = taskOf(greenlet);
  const who = task === null ? greenlet.name : `the task ${task.name} (job ${task.id})`;
  host.report(
    `greenhub/tasks: ${who} has blocked the event loop for ${Math.round(ms)} ms, longer than a lock lives (${lock} ms), so other ` +
      `workers may run its job again: ${where}. Give the task { thread: true }, or call sleep(0) now and then`,
  );
}
