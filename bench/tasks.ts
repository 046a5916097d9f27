/**
 * `npm run bench tasks [-- --rounds 7]` compares greenhub/tasks with BullMQ used by hand, on one Redis server that it starts, and measures
 * Celery with gevent beside them. Each
 * side has its own process, with a producer and a worker. The sides take turns, and a ratio compares two neighbours, so that the
 * noise of the machine affects both equally: the speed, and the processor time, which other programs affect less.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { redis } from '../test/third-party/redis.ts';
import { celeryPython, measureCelery } from './celery.ts';
import { forkHelper } from './helper.ts';
import { median, quantile } from './statistics.ts';
import { type SideName, sides } from './tasks-sides.ts';
import { textTable } from './text-table.ts';

const jobs = {
  addOneByOne: 'add 2,000 jobs, one after the other',
  addAtOnce: 'add 3,000 jobs at once',
  process: 'run 3,000 jobs, concurrency 100',
  call: 'add 3,000 jobs at once and wait for the results',
} as const;

export type TasksJob = keyof typeof jobs;

/** Microseconds for each job: on the clock, and of the processor, without that of the server. */
export interface TasksSample {
  readonly time: number;
  readonly processor: number;
}

const names: readonly SideName[] = ['greenhub', 'BullMQ'];
const print = textTable([68, 0, 10, 10, 8, 12, 12]);

export async function benchTasks(args: string[], write: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '7' } },
    allowPositionals: true,
  });
  const server = redis();
  if (server === undefined) throw new Error('bench tasks needs redis-server: apt-get install redis-server');
  const url = `redis://127.0.0.1:${await server.start()}`;
  try {
    const chosen = (Object.keys(jobs) as TasksJob[]).filter(
      (job) => positionals.length === 0 || positionals.includes(job),
    );
    write(print(['each job', '', ...names, 'speed', 'spread', 'processor']));
    for (const job of chosen) write(await compare(job, url, Number(values.rounds)));
    if (positionals.length === 0) for await (const line of workerLines(url)) write(line);
    for await (const line of celeryLines(chosen, url)) write(line);
  } finally {
    await server.stop();
  }
  return 0;
}

/** The speed of greenhub, as a multiple of that of BullMQ. */
async function compare(job: TasksJob, url: string, rounds: number): Promise<string> {
  const sides = names.map((name) => forkHelper('tasks-side.ts', [name, url]));
  const samples = names.map((): TasksSample[] => []);
  const client = new Redis(url);
  try {
    for (const side of sides) await answer(side);
    for (let round = -2; round < rounds; round += 1) {
      for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const side = sides[at] as ChildProcess;
        side.send(job);
        const value = (await answer(side)) as TasksSample;
        await answer(side);
        if (round >= 0) samples[at]?.push(value);
        await client.flushall();
      }
    }
  } finally {
    for (const side of sides) side.kill('SIGKILL');
    client.disconnect();
  }
  const [ours = [], theirs = []] = samples;
  const speeds = ours.map(({ time }, round) => (theirs[round] as TasksSample).time / time);
  const costs = ours.map(({ processor }, round) => processor / (theirs[round] as TasksSample).processor);
  return print([
    jobs[job],
    '',
    ...samples.map((values) => `${median(values.map(({ time }) => time)).toFixed(0)} us`),
    `${median(speeds).toFixed(2)}x`,
    `${quantile(speeds, 0.25).toFixed(2)}–${quantile(speeds, 0.75).toFixed(2)}`,
    `${median(costs).toFixed(2)}x`,
  ]);
}

/** Celery with gevent, once, because it takes long. Its worker is another process, so it uses two processors where the others use one. */
async function* celeryLines(chosen: readonly TasksJob[], url: string): AsyncGenerator<string> {
  const python = celeryPython();
  if (python === undefined) {
    yield 'Celery is skipped: python3 cannot import celery, gevent and redis (apt-get install python3-celery python3-gevent python3-redis)';
    return;
  }
  const client = new Redis(url);
  try {
    for (const job of chosen) {
      const time = await measureCelery(python, job, url);
      await client.flushall();
      yield print([`Celery with gevent: ${jobs[job]}`, '', `${time.toFixed(0)} us`]);
    }
  } finally {
    client.disconnect();
  }
}

/** The time until a new process takes jobs, and its memory: idle, and while 10,000 jobs wait. */
async function* workerLines(url: string): AsyncGenerator<string> {
  const started = new Map<SideName, number[]>();
  const idle = new Map<SideName, number[]>();
  const waiting = new Map<SideName, number[]>();
  for (let round = 0; round < 3; round += 1) {
    for (const name of names) {
      const [ms, size] = await worker(name, url, `idle-${name}-${round}`, 0);
      add(started, name, ms);
      add(idle, name, size);
      const [, full] = await worker(name, url, `full-${name}-${round}`, 10_000);
      add(waiting, name, full);
    }
  }
  const row = (title: string, values: Map<SideName, number[]>, unit: string): string =>
    print([title, '', ...names.map((name) => `${median(values.get(name) ?? []).toFixed(0)} ${unit}`)]);
  yield row('start of a process until it takes jobs', started, 'ms');
  yield row('memory of an idle worker', idle, 'MB');
  yield row('memory of a worker while 10,000 jobs wait', waiting, 'MB');
}

/** Starts a worker, and gives the time until it takes jobs and its memory. */
async function worker(
  name: SideName,
  url: string,
  queue: string,
  waiting: number,
): Promise<[ms: number, size: number]> {
  if (waiting > 0) {
    const side = await sides[name](queue, url);
    await side.hold(waiting);
    await side.end();
  }
  const started = performance.now();
  const child = forkHelper('tasks-worker.ts', [name, url, queue]);
  try {
    await answer(child);
    const ms = performance.now() - started;
    child.send('measure');
    return [ms, (await answer(child)) as number];
  } finally {
    child.kill('SIGKILL');
  }
}

function add(values: Map<SideName, number[]>, name: SideName, value: number): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}

async function answer(side: ChildProcess): Promise<unknown> {
  const [message] = await once(side, 'message');
  return message;
}
