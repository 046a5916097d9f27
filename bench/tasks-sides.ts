/** What `npm run bench tasks` compares: greenhub/tasks, and BullMQ as one would use it by hand. */
import { randomUUID } from 'node:crypto';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { all, Event, spawn } from 'greenhub';
import { Tasks } from 'greenhub/tasks';
import { Redis } from 'ioredis';

/** A new queue, with everything open that the measured work needs. */
export interface Side {
  addOneByOne(count: number): PromiseLike<unknown>;
  addAtOnce(count: number): PromiseLike<unknown>;
  /** Lets the worker take the jobs that wait, and waits until all have been run. */
  process(count: number): PromiseLike<unknown>;
  /** Adds jobs, and waits for their results. */
  call(count: number): PromiseLike<unknown>;
  work(concurrency: number): PromiseLike<unknown>;
  /** Keeps the worker from taking jobs, until `process()`. */
  pause(): PromiseLike<unknown>;
  /** Adds jobs that never end. */
  hold(count: number): PromiseLike<unknown>;
  end(): PromiseLike<unknown>;
}

export type SideName = 'greenhub' | 'BullMQ';

/** How long results are kept, in milliseconds: the default of an app. */
const KEEP = 3_600_000;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

async function greenhub(name: string, url: string): Promise<Side> {
  const app = new Tasks({ name, url });
  let left = 0;
  let done = (): void => {};
  const add = app.task('add', (a: number, b: number) => {
    left -= 1;
    if (left === 0) done();
    return a + b;
  });
  const held = app.task('held', () => new Event().wait());
  let stop = async (): Promise<void> => {};
  const work = async (concurrency: number): Promise<void> => {
    const worker = app.worker({ concurrency });
    const working = spawn(() => worker.run());
    stop = async () => {
      worker.stop();
      await working;
    };
  };
  await app.stats();
  return {
    work,
    addOneByOne: (count) =>
      spawn(function* () {
        for (let n = 0; n < count; n += 1) yield* add.delay(n, 1);
      }),
    addAtOnce: (count) => spawn(() => all(numbers(count).map((n) => add.delay(n, 1)))),
    pause: () => app.pause(),
    async process(count) {
      left = count;
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      await app.resume();
      await ended;
    },
    call: (count) => spawn(() => all(numbers(count).map((n) => add.call(n, 1)))),
    hold: (count) => spawn(() => all(numbers(count).map(() => held.delay()))),
    async end() {
      await stop();
      await app.close();
    },
  };
}

async function byHand(name: string, url: string): Promise<Side> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue<number[], number>(name, { connection });
  await queue.waitUntilReady();
  let events: QueueEvents | undefined;
  /** The events are followed from the first wait for a result, as an app does. */
  const listen = async (): Promise<QueueEvents> => {
    if (events !== undefined) return events;
    events = new QueueEvents(name, { connection });
    // Each waitUntilFinished() adds listeners.
    events.setMaxListeners(0);
    queue.setMaxListeners(0);
    await events.waitUntilReady();
    return events;
  };
  let left = 0;
  let done = (): void => {};
  let worker: Worker<number[], number> | undefined;
  const options = { removeOnComplete: { age: KEEP / 1_000 } };
  // With an id of its own, as in an app, a job is not stored twice if the connection breaks before the answer.
  const add = (n: number) => queue.add('add', [n, 1], { ...options, jobId: randomUUID() });
  const work = async (concurrency: number): Promise<void> => {
    worker = new Worker<number[], number>(
      name,
      async ({ name: task, data: [a = 0, b = 0] }) => {
        if (task === 'held') return await new Promise<never>(() => {});
        left -= 1;
        if (left === 0) done();
        return a + b;
      },
      { connection, concurrency },
    );
    await worker.waitUntilReady();
  };
  return {
    work,
    async addOneByOne(count) {
      for (let n = 0; n < count; n += 1) await add(n);
    },
    addAtOnce: (count) => Promise.all(numbers(count).map(add)),
    pause: () => queue.pause(),
    async process(count) {
      left = count;
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      await queue.resume();
      await ended;
    },
    async call(count) {
      const from = await listen();
      const one = async (n: number): Promise<number> => await (await add(n)).waitUntilFinished(from);
      return await Promise.all(numbers(count).map(one));
    },
    hold: (count) => Promise.all(numbers(count).map(() => queue.add('held', [], options))),
    async end() {
      await worker?.close();
      await events?.close();
      await queue.close();
      connection.disconnect();
    },
  };
}

export const sides: Record<SideName, (name: string, url: string) => Promise<Side>> = { greenhub, BullMQ: byHand };
