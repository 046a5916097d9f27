/** The pools that `npm run bench process` compares, behind one interface. */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Transferable, Worker } from 'node:worker_threads';
import { ProcessPool, ThreadPool } from 'greenhub/process';
import { add, fibonacci, increment, size } from './process-tasks.js';

export interface Side {
  add(a: number, b: number): PromiseLike<unknown>;
  /** The length of some bytes, which are copied or moved to the worker. */
  size(data: Uint8Array, isMoved: boolean): PromiseLike<unknown>;
  /** Many calls at once. By default, `add()` with promises. */
  many?(count: number): PromiseLike<unknown>;
  map?(items: number[]): PromiseLike<unknown>;
  /** Work for the processor. */
  fibonacci?(numbers: number[]): PromiseLike<unknown>;
  end(): unknown;
}

/** Makes a side with so many workers. */
export type MakeSide = (workers: number) => Side;

const peers = createRequire(new URL('peers/package.json', import.meta.url));
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function greenhub(pool: ThreadPool | ProcessPool): Side {
  const moves = pool instanceof ThreadPool;
  return {
    add: (a, b) => pool.apply(add, [a, b]),
    size: (data, isMoved) =>
      pool.apply(size, [data], isMoved && moves ? { transfer: [data.buffer as ArrayBuffer] } : {}),
    async many(count) {
      const results = Array.from({ length: count }, (_, i) => pool.applyAsync(add, [i, 1]));
      for (const result of results) if (!result.ready()) await result.get();
    },
    map: (items) => pool.map(increment, items),
    fibonacci: (numbers) => pool.map(fibonacci, numbers, { chunksize: 1 }),
    end: () => pool.terminate(),
  };
}

/** Workers without a library: each call goes to the next one. */
function bare(workers: number, start: () => Worker | ChildProcess): Side {
  const calls = new Map<number, (value: unknown) => void>();
  let last = 0;
  const all = Array.from({ length: workers }, () => {
    const worker = start();
    worker.on('message', ([id, value]: [number, unknown]) => {
      calls.get(id)?.(value);
      calls.delete(id);
    });
    return worker;
  });
  const call = (a: unknown, b: number, transfer: readonly Transferable[] = []): Promise<unknown> =>
    new Promise((settle) => {
      last += 1;
      calls.set(last, settle);
      const worker = all[last % workers] as Worker | ChildProcess;
      if (worker instanceof Worker) worker.postMessage([last, a, b], transfer);
      else worker.send([last, a, b]);
    });
  return {
    add: call,
    size: (data, isMoved) => call(data, 0, isMoved ? [data.buffer as ArrayBuffer] : []),
    async map(items) {
      const length = Math.ceil(items.length / (4 * workers));
      const chunks = Array.from({ length: 4 * workers }, (_, i) => items.slice(i * length, (i + 1) * length));
      return (await Promise.all(chunks.map((chunk) => call(chunk, 0)))).flat();
    },
    end: () => all.map((worker) => (worker instanceof Worker ? worker.terminate() : worker.kill())),
  };
}

interface OneTask {
  run?(task: unknown, options?: object): Promise<unknown>;
  execute?(task: unknown, name?: string, transfer?: unknown): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/** Piscina and Tinypool have the same interface. */
function piscinaLike(make: (filename: string) => OneTask): Side {
  const pool = make(fileOf('peers/pools/piscina-task.js'));
  const run = (task: unknown, options?: object): Promise<unknown> => pool.run?.(task, options) as Promise<unknown>;
  return {
    add: (a, b) => run({ a, b }),
    size: (data, isMoved) => run(data, isMoved ? { transferList: [data.buffer] } : {}),
    end: () => pool.destroy(),
  };
}

function workerpool(workerType: 'thread' | 'process', workers: number): Side {
  const library = peers('workerpool');
  const pool = library.pool(fileOf('peers/pools/workerpool-task.js'), {
    maxWorkers: workers,
    minWorkers: workers,
    workerType,
    forkOpts: { serialization: 'advanced' },
  });
  return {
    add: (a, b) => pool.exec('add', [a, b]),
    size: (data, isMoved) => pool.exec('size', [data], isMoved ? { transfer: [data.buffer] } : {}),
    end: () => pool.terminate(true),
  };
}

function poolifier(workers: number): Side {
  const { FixedThreadPool } = peers('poolifier');
  const pool: OneTask = new FixedThreadPool(workers, fileOf('peers/pools/poolifier-task.js'));
  const run = (task: unknown, transfer?: unknown): Promise<unknown> =>
    pool.execute?.(task, undefined, transfer) as Promise<unknown>;
  return {
    add: (a, b) => run({ a, b }),
    size: (data, isMoved) => run(data, isMoved ? [data.buffer] : undefined),
    end: () => pool.destroy(),
  };
}

/** By the name in the table. The first of each kind is what the others are compared with. */
export const sides: Record<'thread' | 'process', Record<string, MakeSide>> = {
  thread: {
    'bare Worker': (workers) => bare(workers, () => new Worker(fileOf('process-bare.js'))),
    'greenhub ThreadPool': (workers) => greenhub(new ThreadPool(workers)),
    piscina: (workers) =>
      piscinaLike((filename) => new (peers('piscina').Piscina)({ filename, maxThreads: workers, minThreads: workers })),
    tinypool: (workers) =>
      piscinaLike(
        (filename) => new (peers('tinypool').default)({ filename, maxThreads: workers, minThreads: workers }),
      ),
    workerpool: (workers) => workerpool('thread', workers),
    poolifier: (workers) => poolifier(workers),
  },
  process: {
    'bare fork': (workers) =>
      bare(workers, () => fork(fileOf('process-bare.js'), { serialization: 'advanced', execArgv: [] })),
    'greenhub ProcessPool': (workers) => greenhub(new ProcessPool(workers, { execArgv: [] })),
    workerpool: (workers) => workerpool('process', workers),
  },
};
