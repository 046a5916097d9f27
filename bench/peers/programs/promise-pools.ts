/** Libraries that limit the number of pending promises. Each has only one or a few operations. */
import async from 'async';
import { Sema } from 'async-sema';
import * as fastq from 'fastq';
import pLimit from 'p-limit';
import pMap from 'p-map';
import PQueue from 'p-queue';
import { contendersIn, expect, nanosecondsEach, type Programs } from './program.ts';

export const pMapPrograms: Programs = {
  poolMap: (n) => map(n, (inputs) => pMap(inputs, trivial, { concurrency: 10 })),
};

export const pLimitPrograms: Programs = {
  poolMap: (n) => map(n, (inputs) => pLimit(10).map(inputs, trivial)),
  semaphore: (n) => contend(n, pLimitUser(10)),
  lock: (n) => contend(n, pLimitUser(1)),
};

export const pQueuePrograms: Programs = {
  poolMap: (n) =>
    map(n, (inputs) => {
      const queue = new PQueue({ concurrency: 10 });
      return queue.addAll(inputs.map((x) => () => trivial(x)));
    }),
  semaphore: (n) => contend(n, pQueueUser(10)),
  lock: (n) => contend(n, pQueueUser(1)),
};

export const fastqPrograms: Programs = {
  poolMap: (n) =>
    map(n, (inputs) => {
      const queue = fastq.promise<unknown, number, number>(trivial, 10);
      return Promise.all(inputs.map((x) => queue.push(x)));
    }),
};

export const asyncPrograms: Programs = {
  poolMap: (n) => map(n, (inputs) => async.mapLimit<number, number>(inputs, 10, trivial)),
};

export const asyncSemaPrograms: Programs = {
  semaphore: (n) => contend(n, semaHolder(10)),
  lock: (n) => contend(n, semaHolder(1)),
};

async function trivial(x: number): Promise<number> {
  return x;
}

function map(n: number, mapAll: (inputs: number[]) => Promise<unknown[]>): Promise<number> {
  return nanosecondsEach(n, async () => {
    const results = await mapAll(Array.from({ length: n }, (_, i) => i));
    expect(results.length, n);
  });
}

let acquired = 0;

/** Tasks that each use the shared resource a number of times. */
function contend(n: number, use: (times: number) => Promise<void>): Promise<number> {
  acquired = 0;
  return nanosecondsEach(n, async () => {
    const users = [];
    const tasks = contendersIn(n);
    for (let i = 0; i < tasks; i += 1) users.push(use(n / tasks));
    await Promise.all(users);
    expect(acquired, n);
  });
}

async function hold(): Promise<void> {
  acquired += 1;
  await null;
}

function pLimitUser(permits: number): (times: number) => Promise<void> {
  const limit = pLimit(permits);
  return async (times) => {
    for (let i = 0; i < times; i += 1) await limit(hold);
  };
}

function pQueueUser(permits: number): (times: number) => Promise<void> {
  const queue = new PQueue({ concurrency: permits });
  return async (times) => {
    for (let i = 0; i < times; i += 1) await queue.add(hold);
  };
}

function semaHolder(permits: number): (times: number) => Promise<void> {
  const sema = new Sema(permits, { capacity: 1_000 });
  return async (times) => {
    for (let i = 0; i < times; i += 1) {
      await sema.acquire();
      acquired += 1;
      await null;
      sema.release();
    }
  };
}
