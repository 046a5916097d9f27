import { type Coroutine, joinall, Queue, spawn } from 'greenhub';
import { AsyncQueue } from './async-queue.ts';
import { expect, nanosecondsEach, type Row } from './row.ts';

const ITEMS = 200_000;
const SUM = (ITEMS * (ITEMS - 1)) / 2;

export const rows: Row[] = [1, 1_024, Infinity].map((maxsize) => ({
  name: maxsize === Infinity ? 'queue, unbounded, an item' : `queue, maxsize ${maxsize.toLocaleString('en')}, an item`,
  unit: 'ns',
  plainly: 'a promise-based queue with back-pressure',
  rounds: 15,
  warmUps: 3,
  greenhub: () => nanosecondsEach(ITEMS, () => throughQueue(maxsize)),
  plain: () => nanosecondsEach(ITEMS, () => throughAsyncQueue(maxsize)),
}));

async function throughQueue(maxsize: number): Promise<void> {
  const queue = new Queue<number>(maxsize);
  const consumer = spawn(consume, queue);
  await joinall([consumer, spawn(produce, queue)]);
  expect(consumer.value, SUM);
}

function* produce(queue: Queue<number>): Coroutine<void> {
  for (let i = 0; i < ITEMS; i += 1) yield* queue.put(i);
}

function* consume(queue: Queue<number>): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < ITEMS; i += 1) sum += yield* queue.get();
  return sum;
}

async function throughAsyncQueue(maxsize: number): Promise<void> {
  const queue = new AsyncQueue<number>(maxsize);
  const [sum] = await Promise.all([consumeAsync(queue), produceAsync(queue)]);
  expect(sum, SUM);
}

async function produceAsync(queue: AsyncQueue<number>): Promise<void> {
  for (let i = 0; i < ITEMS; i += 1) await queue.put(i);
}

async function consumeAsync(queue: AsyncQueue<number>): Promise<number> {
  let sum = 0;
  for (let i = 0; i < ITEMS; i += 1) sum += await queue.get();
  return sum;
}
