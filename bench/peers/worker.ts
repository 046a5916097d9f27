/**
 * `worker.mjs <peer> <operation>`: each line of standard input is a number; it does the operation that often and answers with a
 * line of JSON. The peers in Python and Go do the same. With a number after the operation, it runs once with that number and ends.
 */
import { readFileSync } from 'node:fs';
import type { Programs, Sample } from './programs/program.ts';

/** Loaded on demand, so that a process contains only its own peer. */
const loaders: Record<string, () => Promise<Programs>> = {
  greenhub: async () => (await import('./programs/greenhub.ts')).programs,
  'greenhub yield*': async () => (await import('./programs/greenhub.ts')).delegating,
  'scaling greenhub': async () => (await import('./programs/scaling.ts')).programs,
  'scaling bare generators': async () => (await import('./programs/scaling-plain.ts')).bare,
  'scaling async/await': async () => (await import('./programs/scaling-plain.ts')).promises,
  'bare generators': async () => (await import('./programs/floor.ts')).programs,
  'async/await': async () => (await import('./programs/plain.ts')).programs,
  effect: async () => (await import('./programs/effect.ts')).programs,
  'effect, sync tasks': async () => (await import('./programs/effect.ts')).withoutCoroutines,
  effection: async () => (await import('./programs/effection.ts')).programs,
  'redux-saga': async () => (await import('./programs/redux-saga.ts')).programs,
  'p-map': async () => (await import('./programs/promise-pools.ts')).pMapPrograms,
  'p-limit': async () => (await import('./programs/promise-pools.ts')).pLimitPrograms,
  'p-queue': async () => (await import('./programs/promise-pools.ts')).pQueuePrograms,
  fastq: async () => (await import('./programs/promise-pools.ts')).fastqPrograms,
  async: async () => (await import('./programs/promise-pools.ts')).asyncPrograms,
  'async-sema': async () => (await import('./programs/promise-pools.ts')).asyncSemaPrograms,
};

const crawlers: Record<string, () => Promise<Programs>> = {
  greenhub: async () => (await import('./programs/crawl-greenhub.ts')).programs,
  'p-limit': async () => (await import('./programs/crawl-p-limit.ts')).programs,
  crawlee: async () => (await import('./programs/crawl-crawlee.ts')).programs,
};

const [peer = '', operation = '', once = ''] = process.argv.slice(2);
const load = (operation.startsWith('crawl') ? crawlers : loaders)[peer];
const sample = (await load?.())?.[operation];
// Set after the peer is loaded, so that the peer uses the real clock for its timers.
if (process.env.CLOCK === 'processor') performance.now = threadTime;
if (sample === undefined) reply({ missing: true });
else if (once === '') answerLines(sample);
else await sample(Number(once));

function answerLines(sample: Sample): void {
  reply({ ready: true });
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', async (chunk: string) => {
    text += chunk;
    if (!text.endsWith('\n')) return;
    const n = Number(text);
    text = '';
    try {
      reply({ value: await sample(n) });
    } catch (error) {
      reply({ error: String(error) });
    }
  });
  process.stdin.on('end', () => process.exit());
}

function reply(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** The processor time of this thread in milliseconds, from Linux. Other programs on a busy machine do not increase it. */
function threadTime(): number {
  // Makes the kernel update its figures.
  process.cpuUsage();
  return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'utf8'), 10) / 1e6;
}
