/**
 * Measures one operation of greenhub for `guard.ts`: `guard-worker.mjs <operation>`. The young generation is so large that no
 * garbage is collected while it counts the bytes.
 */
import { programs as floor } from './peers/programs/floor.ts';
import { programs } from './peers/programs/greenhub.ts';
import type { Sample } from './peers/programs/program.ts';
import { median } from './statistics.ts';

/** The measured cost of one operation. */
export interface Cost {
  /** The number of switches between two bare generators that take equally long in the same process. */
  time: number;
  bytes: number;
}

const operation = process.argv[2] ?? '';

/**
 * Slices are short, so that some of them have a core to themselves on a busy machine. They alternate with slices of the bare
 * generators, so that both run under the same conditions.
 */
const SLICES = 80;
/** The milliseconds of a slice. */
const BUDGET = 3;
const BASE = 100_000;
/** The milliseconds of processor time after which V8 has optimised everything. Wall time would be too short on a busy machine. */
const WARM_UP = 250;
const BYTES_ROUNDS = 20;
/** `yield10k` uses ten thousand greenlets at once. */
const LEAST = operation === 'yield10k' ? 10_000 : 2_000;

const sample = programs[operation] as Sample;
const base = floor.switch as Sample;

const n = await warmUp();
console.log(JSON.stringify({ time: await relativeTime(), bytes: await allocated() } satisfies Cost));
// Greenlets that sleep for ever would keep the process alive.
process.exit();

/** Returns the number of operations for a measurement. */
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

/** The fastest slice of each, because other programs on the machine can only make slices slower. */
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
    // It is negative if there was a garbage collection after all.
    if (bytes >= 0) counts.push(bytes / LEAST);
  }
  return median(counts);
}
