/** Compares the cost of an operation among a thousand greenlets and among a million, in turns. */
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

/** The limit for the cost among a million, as a multiple of the cost among a thousand. */
export const SCALING_LIMIT = 1.5;

export const scalingTitles: Record<string, string> = {
  switch: 'symmetric switch, in a ring',
  yield: 'sleep(0)',
  spawn: 'spawn and join',
  channel: 'unbuffered channel, in pairs',
  queue1: 'queue of 1, in pairs',
  queueWaiters: 'unbounded queue, all waiting at it',
  semaphore: 'semaphore of 10, all waiting at it',
  event: 'Event, all waiting at it',
  poolMap: 'Pool(n).map, all at once',
  kill: 'kill and join, all asleep',
  timers: 'a timer set and cancelled, all pending',
};

/**
 * The peers of this measurement. Plain generators and promises also cost more among a million, mostly because of caches and
 * garbage collection. greenhub's cost includes theirs.
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

/** The name of these programs in `peers.ts`. */
export function scalingName(who: string): string {
  return `scaling ${who}`;
}

/**
 * @param who greenhub, or one of `scalingPeers`
 * @param many the number of greenlets to compare with a thousand
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
