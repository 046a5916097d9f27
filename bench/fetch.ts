import { type Coroutine, joinall, spawn } from 'greenhub';
import { patchAll } from 'greenhub/monkey';
import { answerOf, forkHelper } from './helper.ts';
import { expect, nanosecondsEach, type Row, type Sample } from './row.ts';

const PAGES = 2_000;
const CONCURRENCY = 50;

/** The number of pages left to fetch and the amount of text so far; shared by all workers of a measurement. */
interface Job {
  urls: string[];
  length: number;
}

/** Both sides use Node's own fetch: greenlets use the same fetch as other code. */
export const rows: Row[] = [
  {
    name: 'fetch and text() over loopback, 50 at a time',
    unit: 'us',
    plainly: "Node's fetch, awaited",
    limit: 1.1,
    rounds: 11,
    warmUps: 4,
    greenhub: () => {
      patchAll();
      return fetching(fetchInGreenlets);
    },
    plain: () => fetching(fetchInFunctions),
  },
];

async function fetching(work: (job: Job) => Promise<unknown>): Promise<Sample> {
  const url = await answerOf<string>(forkHelper('http-server.ts', []));
  const { length } = await (await fetch(url)).text();
  const sample = nanosecondsEach(PAGES, async () => {
    const job: Job = { urls: new Array(PAGES).fill(url), length: 0 };
    await work(job);
    expect(job.length, PAGES * length);
  });
  return async () => (await sample()) / 1_000;
}

function fetchInGreenlets(job: Job): Promise<unknown> {
  const workers = [];
  for (let i = 0; i < CONCURRENCY; i += 1) workers.push(spawn(fetchAll, job));
  return Promise.resolve(joinall(workers));
}

function* fetchAll(job: Job): Coroutine<void> {
  for (let url = job.urls.pop(); url !== undefined; url = job.urls.pop()) {
    const response = yield* fetch(url);
    const text = yield* response.text();
    job.length += text.length;
  }
}

function fetchInFunctions(job: Job): Promise<unknown> {
  const workers = [];
  for (let i = 0; i < CONCURRENCY; i += 1) workers.push(fetchAllAsync(job));
  return Promise.all(workers);
}

async function fetchAllAsync(job: Job): Promise<void> {
  for (let url = job.urls.pop(); url !== undefined; url = job.urls.pop()) {
    const response = await fetch(url);
    const text = await response.text();
    job.length += text.length;
  }
}
