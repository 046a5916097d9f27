/**
 * Measures one operation of greenhub for `guard.ts`: `guard-worker.mjs <operation>`, with a young generation so large that
 * nothing is collected while the bytes are counted.
 */
import { programs as floor } from './peers/programs/floor.ts';
import { programs } from './peers/programs/greenhub.ts';
import type { Sample } from './peers/programs/program.ts';
import { median } from './statistics.ts';

/** What was measured, for one operation. */
export interface Cost {
  /** How many switches between two bare generators take as long in the same process. */
  time: number;
  bytes: number;
}

const operation = process.argv[2] ?? '';

const ROUNDS = 20;
/** The milliseconds of a measurement. */
const BUDGET = 12;
const BASE = 200_000;
/** `yield10k` is done by ten thousand greenlets at once. */
const LEAST = operation === 'yield10k' ? 10_000 : 2_000;

const sample = programs[operation] as Sample;
const base = floor.switch as Sample;

const n = await warmUp();
console.log(JSON.stringify({ time: await relativeTime(), bytes: await allocated() } satisfies Cost));
// Greenlets that sleep for ever would keep it.
process.exit();

/** Gives how many operations make a measurement. */
async function warmUp(): Promise<number> {
  let size = LEAST;
  for (const started = performance.now(); performance.now() - started < 20 * BUDGET; ) {
    const begun = performance.now();
    await sample(size);
    await base(BASE);
    const factor = Math.min(10, BUDGET / (performance.now() - begun));
    size = Math.max(1, Math.round((size * factor) / LEAST)) * LEAST;
  }
  return size;
}

/** The quickest of each, for what else runs on the machine can only make them slower. */
async function relativeTime(): Promise<number> {
  let cost = Infinity;
  let unit = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    cost = Math.min(cost, await sample(n));
    unit = Math.min(unit, await base(BASE));
  }
  return cost / unit;
}

async function allocated(): Promise<number> {
  const counts: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.memoryUsage().heapUsed;
    await sample(LEAST);
    const bytes = process.memoryUsage().heapUsed - before;
    // It is less than nothing where there was a collection all the same.
    if (bytes >= 0) counts.push(bytes / LEAST);
  }
  return median(counts);
}
