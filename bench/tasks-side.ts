/** One side of `npm run bench tasks`, in a process of its own: it measures a job when it is asked. */
import type { TasksJob, TasksSample } from './tasks.ts';
import { type Side, type SideName, sides } from './tasks-sides.ts';

const [name, url = ''] = process.argv.slice(2) as [SideName, string];

const ONE_BY_ONE = 2_000;
const MANY = 3_000;
const CONCURRENCY = 100;

const jobs: Record<TasksJob, (side: Side) => Promise<TasksSample>> = {
  addOneByOne: (side) => timed(ONE_BY_ONE, () => side.addOneByOne(ONE_BY_ONE)),
  addAtOnce: (side) => timed(MANY, () => side.addAtOnce(MANY)),
  async process(side) {
    await side.work(CONCURRENCY);
    await side.pause();
    await side.addAtOnce(MANY);
    return await timed(MANY, () => side.process(MANY));
  },
  async call(side) {
    await side.work(CONCURRENCY);
    await side.call(10);
    return await timed(MANY, () => side.call(MANY));
  },
};

async function timed(count: number, work: () => PromiseLike<unknown>): Promise<TasksSample> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { time: ((performance.now() - started) * 1_000) / count, processor: (user + system) / count };
}

let queues = 0;

process.on('message', async (job) => {
  queues += 1;
  const side = await sides[name](`bench-${name}-${process.pid}-${queues}`, url);
  process.send?.(await jobs[job as TasksJob](side));
  await side.end();
  process.send?.('ended');
});
process.send?.('ready');
