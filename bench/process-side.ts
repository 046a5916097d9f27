/** One side of `npm run bench process`, in a process of its own: it measures a job when it is asked. */
import { readFileSync } from 'node:fs';
import type { JobName } from './process-pool.ts';
import { type MakeSide, type Side, sides } from './process-sides.ts';

const [kind, name] = process.argv.slice(2) as ['thread' | 'process', string];
const make = sides[kind][name] as MakeSide;

const ONE_BY_ONE = 2_000;
const AT_ONCE = 10_000;
const ITEMS = Array.from({ length: 1_000_000 }, (_, index) => index);
const MEGABYTES = 8;
const NUMBERS = new Array<number>(32).fill(27);
const WORKERS = 4;

const kept = new Map<number, Side>();

/** Measurements share the pools, whose workers have run tasks before. */
async function pool(workers: number): Promise<Side> {
  let side = kept.get(workers);
  if (side === undefined) {
    side = make(workers);
    kept.set(workers, side);
    for (let i = 0; i < 100; i += 1) await side.add(i, 1);
  }
  return side;
}

/** The result of each job; null if the side cannot do the job. */
const jobs: Record<JobName, () => Promise<number | null>> = {
  async roundTrip() {
    const side = await pool(1);
    const time = await timed(async () => {
      for (let i = 0; i < ONE_BY_ONE; i += 1) await side.add(i, 1);
    });
    return (time * 1_000) / ONE_BY_ONE;
  },
  async atOnce() {
    const side = await pool(2);
    const time = await timed(
      () => side.many?.(AT_ONCE) ?? Promise.all(Array.from({ length: AT_ONCE }, (_, i) => side.add(i, 1))),
    );
    return (time * 1_000) / AT_ONCE;
  },
  async map() {
    const side = await pool(2);
    if (side.map === undefined) return null;
    return ((await timed(() => side.map?.(ITEMS) as PromiseLike<unknown>)) * 1e6) / ITEMS.length;
  },
  copy: () => bytes(false),
  transfer: async () => (kind === 'process' ? null : await bytes(true)),
  async cpu() {
    const [one, two] = [await pool(1), await pool(2)];
    if (one.fibonacci === undefined) return null;
    const alone = await timed(() => one.fibonacci?.(NUMBERS) as PromiseLike<unknown>);
    return alone / (await timed(() => two.fibonacci?.(NUMBERS) as PromiseLike<unknown>));
  },
  async start() {
    let side: Side | undefined;
    const time = await timed(() => {
      side = make(1);
      return side.add(1, 2);
    });
    await side?.end();
    return time;
  },
  async memory() {
    const before = residentSize();
    const side = make(WORKERS);
    await Promise.all(Array.from({ length: 4 * WORKERS }, (_, i) => side.add(i, 1)));
    const size = (residentSize() - before) / WORKERS;
    await side.end();
    return size;
  },
};

async function bytes(isMoved: boolean): Promise<number> {
  const side = await pool(1);
  const data = new Uint8Array(MEGABYTES * 2 ** 20);
  return await timed(() => side.size(data, isMoved));
}

async function timed(work: () => PromiseLike<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The memory of this process and its children, in megabytes. */
function residentSize(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const sizes = [String(process.pid), ...children].map((pid) => {
    const status = pid === '' ? '' : readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  });
  return sizes.reduce((sum, size) => sum + size, 0) / 1_024;
}

process.on('message', async (job) => {
  try {
    process.send?.(await jobs[job as JobName]());
  } catch (error) {
    process.send?.(String(error));
  }
});
process.send?.('ready');
