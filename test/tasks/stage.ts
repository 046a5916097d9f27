/** Where the contract suite runs: with one of the engines. */
import { type Coroutine, type Greenlet, spawn } from '../../lib/index.ts';
import { Tasks, type TasksOptions, type TaskWorker, type WorkerOptions } from '../../lib/tasks/index.ts';
import type { Context, Suite } from '../support/harness.ts';

export type StagedTest = (name: string, body: (stage: Stage, context: Context) => Coroutine<void>) => void;

let apps = 0;

/** The apps and workers of one test. */
export class Stage {
  private readonly url: string | undefined;
  private readonly apps: Tasks[] = [];
  private readonly workers: [TaskWorker, Greenlet<void>][] = [];

  constructor(url: string | undefined) {
    this.url = url;
  }

  /** A new app, whose name no other test uses. */
  app(options: Partial<TasksOptions> = {}): Tasks {
    apps += 1;
    return this.another(`test-${process.pid}-${apps}`, options);
  }

  /** An app of this name. With a server, it is the same app as another one of this name. */
  another(name: string, options: Partial<TasksOptions> = {}): Tasks {
    const app = new Tasks({ name, url: this.url, ...options });
    this.apps.push(app);
    return app;
  }

  /** Starts a worker. */
  work(app: Tasks, options?: WorkerOptions): TaskWorker {
    const worker = app.worker(options);
    this.workers.push([worker, spawn(() => worker.run())]);
    return worker;
  }

  *end(): Coroutine<void> {
    for (const [worker] of this.workers) worker.stop();
    for (const [, running] of this.workers) yield* running;
    for (const app of this.apps) yield* app.close();
  }
}

/** Runs each test in a greenlet, with a stage of its own. */
export function staged(
  test: Suite,
  url: () => Promise<string | undefined>,
  around: (body: () => Promise<void>) => Promise<void>,
): StagedTest {
  return (name, body) =>
    test(name, async (context) => {
      const stage = new Stage(await url());
      await around(async () => {
        await spawn(function* () {
          try {
            yield* body(stage, context);
          } finally {
            yield* stage.end();
          }
        });
      });
    });
}

/** What was thrown. */
export function* thrownBy(body: () => Coroutine<unknown> | PromiseLike<unknown>): Coroutine<unknown> {
  try {
    yield* body() as Coroutine<unknown>;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
