/** What an operation costs among a thousand greenlets and among a million, measured in turns. */
import { median, quantile } from '../statistics.ts';
import { PeerProcess } from './peer-process.ts';
import type { Peer } from './peers.ts';

export interface Scaled {
  who: string;
  operation: string;
  title: string;
  /** The median cost of one operation in nanoseconds among `few` and among `many` greenlets. */
  few: { greenlets: number; value: number };
  many: { greenlets: number; value: number };
  ratio: number;
  spread: { low: number; high: number };
}

/** How many times the cost among a million may be that among a thousand. */
export const SCALING_LIMIT = 1.5;

export const scalingTitles: Record<string, string> = {
  switch: 'symmetric switch, in a ring',
  yield: 'sleep(0)',
  spawn: 'spawn and join',
  channel: 'unbuffered channel, in pairs',
  queue1: 'queue of 1, in pairs',
  queueWaiters: 'unbounded queue, all wait at it',
  semaphore: 'semaphore of 10, all wait at it',
  event: 'Event, all wait at it',
  poolMap: 'Pool(n).map, all at once',
  kill: 'kill and join, all asleep',
  timers: 'a timer set and cancelled, all pending',
};

/**
 * Who else is measured so: what generators and promises cost among a million by themselves, mostly for the caches and the
 * garbage collector, is in what greenhub costs, too.
 */
export const scalingPeers: Record<string, string[]> = {
  switch: ['bare generators'],
  yield: ['bare generators', 'async/await'],
  spawn: ['bare generators', 'async/await'],
  channel: ['async/await'],
  queue1: ['async/await'],
  event: ['async/await'],
  semaphore: ['async/await'],
  timers: ['async/await'],
};

/** What `peers.ts` calls the programs for this. */
export function scalingName(who: string): string {
  return `scaling ${who}`;
}

/**
 * @param who whose programs: greenhub, or one of `scalingPeers`
 * @param many how many greenlets are compared to a thousand
 */
export async function measureScaling(
  operation: string,
  who: string,
  peer: Peer,
  rounds: number,
  many: number,
): Promise<Scaled> {
  const sizes = [1_000, many] as const;
  const processes: PeerProcess[] = [];
  try {
    for (const size of sizes) {
      const started = await PeerProcess.start(peer, operation, {});
      processes.push(started);
      await started.sample(size);
    }
    const [small, large] = processes as [PeerProcess, PeerProcess];
    const samples = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      samples.few.push(await small.sample(sizes[0]));
      samples.many.push(await large.sample(sizes[1]));
    }
    const ratios = samples.many.map((value, round) => value / (samples.few[round] as number));
    return {
      who,
      operation,
      title: scalingTitles[operation] as string,
      few: { greenlets: sizes[0], value: median(samples.few) },
      many: { greenlets: sizes[1], value: median(samples.many) },
      ratio: median(ratios),
      spread: { low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) },
    };
  } finally {
    for (const started of processes) started.end();
  }
}
