import { Readable } from 'node:stream';
import {
  type Coroutine,
  forEach,
  type Group,
  type Iteration,
  type Operation,
  Pool,
  Queue,
  type Source,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { outcomeOf } from './outcome.ts';

/** A generator that records how far it was read and whether it was closed. */
export class Watched implements Iterable<number> {
  read = 0;
  closed = 0;
  private readonly end: number;

  constructor(end = Infinity) {
    this.end = end;
  }

  *[Symbol.iterator](): Generator<number, void, unknown> {
    try {
      while (this.read < this.end) {
        this.read += 1;
        yield this.read - 1;
      }
    } finally {
      this.closed += 1;
    }
  }
}

export async function* asynchronous<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await null;
    yield item;
  }
}

export function queueOf(items: Iterable<number>): Queue<number> {
  const queue = new Queue<number>();
  for (const item of items) queue.putNowait(item);
  queue.shutdown();
  return queue;
}

export const double = function* (value: number) {
  yield* sleep(0);
  return value * 2;
};

export function* collect<T>(iteration: Iteration<T>): Coroutine<T[]> {
  const items: T[] = [];
  yield* forEach(iteration, (item) => items.push(item));
  return items;
}

/** Takes this many steps. An error becomes its message. */
export function* stepsOf<T>(iteration: Iteration<T>, count: number): Coroutine<unknown[]> {
  const steps: unknown[] = [];
  for (let step = 0; step < count; step += 1) {
    const { value, error } = yield* outcomeOf(iteration.next());
    steps.push(error === undefined ? (value?.done === true ? 'end' : value?.value) : (error as Error).message);
  }
  return steps;
}

type Mapper = (pool: Group, fn: (item: number) => unknown, items: Source<number>) => Operation<unknown[]>;

export const mappers: { name: string; map: Mapper }[] = [
  { name: 'map()', map: (pool, fn, items) => pool.map(fn, items) },
  { name: 'imap()', map: (pool, fn, items) => spawn(() => collect(pool.imap(fn, items))) },
  { name: 'imapUnordered()', map: (pool, fn, items) => spawn(() => collect(pool.imapUnordered(fn, items))) },
];

export const imaps: {
  name: string;
  map(pool: Group, fn: (item: number) => unknown, items: Source<number>, options?: object): Iteration<unknown>;
}[] = [
  { name: 'imap()', map: (pool, fn, items, options) => pool.imap(fn, items, options) },
  { name: 'imapUnordered()', map: (pool, fn, items, options) => pool.imapUnordered(fn, items, options) },
];

export const sources: { name: string; make(): Source<number> }[] = [
  { name: 'an array', make: () => [1, 2, 3] },
  { name: 'a Set', make: () => new Set([1, 2, 3]) },
  { name: 'a generator', make: () => [1, 2, 3].values() },
  { name: 'an async generator', make: () => asynchronous([1, 2, 3]) },
  { name: 'a Queue that was shut down', make: () => queueOf([1, 2, 3]) },
  { name: 'an Iteration', make: () => new Pool(2).imap((item: number) => item, [1, 2, 3]) },
  { name: 'a Node stream', make: () => Readable.from([1, 2, 3]) },
  {
    name: 'a web stream',
    make: () =>
      new ReadableStream<number>({
        start(controller) {
          for (const item of [1, 2, 3]) controller.enqueue(item);
          controller.close();
        },
      }) as unknown as Source<number>,
  },
];
