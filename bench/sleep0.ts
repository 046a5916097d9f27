import { type Coroutine, joinall, sleep, spawn } from 'greenhub';
import { expect, nanosecondsEach, type Row } from './row.ts';

const RESUMES = 500_000;

export const rows: Row[] = [2, 1_000].map((tasks) => ({
  name: `sleep(0), ${tasks.toLocaleString('en')} greenlets, a resume`,
  unit: 'ns',
  plainly: 'await null in as many async functions',
  limit: 1,
  rounds: 15,
  warmUps: 3,
  greenhub: () => nanosecondsEach(RESUMES, () => sleepInGreenlets(tasks)),
  plain: () => nanosecondsEach(RESUMES, () => awaitInFunctions(tasks)),
}));

/** The number of resumes of all tasks. */
let resumes = 0;

async function sleepInGreenlets(tasks: number): Promise<void> {
  resumes = 0;
  const greenlets = [];
  for (let i = 0; i < tasks; i += 1) greenlets.push(spawn(sleeping, RESUMES / tasks));
  await joinall(greenlets);
  expect(resumes, RESUMES);
}

function* sleeping(times: number): Coroutine<void> {
  for (let i = 0; i < times; i += 1) {
    yield* sleep(0);
    resumes += 1;
  }
}

async function awaitInFunctions(tasks: number): Promise<void> {
  resumes = 0;
  const promises = [];
  for (let i = 0; i < tasks; i += 1) promises.push(awaiting(RESUMES / tasks));
  await Promise.all(promises);
  expect(resumes, RESUMES);
}

async function awaiting(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await null;
    resumes += 1;
  }
}
