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

/**
 * Short, so that some of them have a core to themselves on a busy machine, and in turns with the bare generators, so that
 * both see the same machine.
 */
const SLICES = 80;
/** The milliseconds that both take in a slice. */
const BUDGET = 3;
const BASE = 100_000;
/** The milliseconds of processor time after which V8 has optimised everything. By the clock, a busy machine had less. */
const WARM_UP = 250;
const BYTES_ROUNDS = 20;
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
  while (process.cpuUsage().user < WARM_UP * 1_000) {
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
  for (let slice = 0; slice < SLICES; slice += 1) {
    cost = Math.min(cost, await sample(n));
    unit = Math.min(unit, await base(BASE));
  }
  return cost / unit;
}

async function allocated(): Promise<number> {
  const counts: number[] = [];
  for (let round = 0; round < BYTES_ROUNDS; round += 1) {
    const before = process.memoryUsage().heapUsed;
    await sample(LEAST);
    const bytes = process.memoryUsage().heapUsed - before;
    // It is less than nothing where there was a collection all the same.
    if (bytes >= 0) counts.push(bytes / LEAST);
  }
  return median(counts);
}
