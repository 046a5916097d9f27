/** What `greenhub worker` runs in each of its processes. It imports the program's tasks, and works for all of its apps. */
import { pathToFileURL } from 'node:url';
import { isA } from '../greenlet/errors.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import { counted } from '../greenlet/shown.ts';
import { Timeout } from '../hub/cancellation/timeout.ts';
import { withTimeout } from '../hub/cancellation/with-timeout.ts';
import { sleep } from '../hub/parking/sleep.ts';
import { plugInProcess } from '../hub/reports/in-process.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import { StoreError } from './errors.ts';
import { apps, type Tasks } from './tasks.ts';
import type { TaskWorker } from './worker.ts';
import { USELESS, type WorkerOrder } from './worker-order.ts';

const MINUTE = 60_000;
/** How long the line of a minute waits for the server, in milliseconds. */
const PATIENCE = 5_000;

const { file, options, isOneOfSeveral }: WorkerOrder = JSON.parse(process.env.GREENHUB_WORKER ?? '{}');
let works = false;
plugInProcess();
process.on('exit', (code) => {
  if (code !== 0 && !works && isOneOfSeveral) process.exitCode = USELESS;
});
await import(pathToFileURL(file).href);
process.exitCode = await spawn(work);
// Other things of the program, such as its connections to a database, may keep it alive.
process.exit();

function* work(): Coroutine<number> {
  const served = [...apps];
  const wrong = served.length === 0 ? `${file} makes no app: it must call new Tasks()` : embedded(served);
  if (wrong !== null) {
    console.error(`greenhub worker: ${wrong}`);
    return 1;
  }
  const workers = served.map((app) => [app, app.worker(options)] as const);
  const running = workers.map(([, worker]) => spawn(() => worker.run()));
  works = true;
  // When it says that it works, a signal lets its jobs end.
  yield* sleep(0);
  for (const [app, worker] of workers)
    say(`${app}, queues ${worker.queues.join(', ')}: ${[...app.tasks.keys()].join(', ')}`);
  const telling = spawn(tell, workers);
  for (const each of running) yield* each;
  yield* telling.kill();
  for (const [app, worker] of workers) {
    say(`${app.name}: ended, ${worker.completed} completed, ${worker.failed} failed`);
    yield* app.close();
  }
  return 0;
}

/** Prints a line a minute. */
function* tell(workers: readonly (readonly [Tasks, TaskWorker])[]): Coroutine<void> {
  const before = new Map<TaskWorker, number>();
  for (;;) {
    yield* sleep(MINUTE);
    for (const [app, worker] of workers) {
      const { completed, failed, running } = worker;
      const more = completed - (before.get(worker) ?? 0);
      before.set(worker, completed);
      say(
        `${app.name}: ${counted(running, 'job')} running, ${more} completed, ${failed} failed so far, ${yield* waitingIn(app)}`,
      );
    }
  }
}

function* waitingIn(app: Tasks): Coroutine<string> {
  try {
    const { waiting, delayed } = yield* withTimeout(PATIENCE, () => app.stats());
    return `${waiting} waiting, ${delayed} delayed`;
  } catch (error) {
    if (isA(error, StoreError) || isA(error, Timeout)) return 'the server does not answer';
    throw error;
  }
}

function embedded(served: readonly Tasks[]): string | null {
  const [app] = served.filter(({ isEmbedded }) => isEmbedded);
  if (app === undefined) return null;
  return `the app ${app.name} is embedded, so it has no jobs for another process: give it a url (is REDIS_URL set?)`;
}

function say(text: string): void {
  console.log(`greenhub worker ${process.pid}: ${text}`);
}
