import { AsyncQueue } from '../../../async-queue.ts';

async function produce(queue: AsyncQueue<number>): Promise<void> {
  for (let i = 0; i < 10_000; i += 1) await queue.put(i);
}

async function consume(queue: AsyncQueue<number>): Promise<void> {
  for (let i = 0; i < 10_000; i += 1) await queue.get();
}

const queue = new AsyncQueue<number>(100);
await Promise.all([consume(queue), produce(queue)]);
