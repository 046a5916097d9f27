/** The cost of the first operations in a process. */
import type { ColdOperation } from './cold-operations.ts';
import { PeerProcess } from './peers/peer-process.ts';
import type { Peer } from './peers/peers.ts';
import { median, quantile } from './statistics.ts';
import { textTable } from './text-table.ts';

/** The size to which the limits apply. */
const LIMITED = 1_000;

export interface Effort {
  peers: Map<string, Peer>;
  sizes: readonly number[];
  processes: number;
  clock: 'wall' | 'processor';
}

/** Measures, prints, and returns the number of figures above their limit. */
export async function firstOperations(
  operations: readonly ColdOperation[],
  { peers, sizes, processes, clock }: Effort,
  print: (line: string) => void,
): Promise<number> {
  const line = textTable([46, 18, ...sizes.map(() => 30)]);
  print(line(['the first operations, µs each', '', ...sizes.map((size) => size.toLocaleString('en'))]));
  let missed = 0;
  for (const { name, title, plain, others, limit } of operations) {
    const known = ['greenhub', plain, ...others].map((who) => peers.get(who)).filter((peer) => peer !== undefined);
    const cells = new Map<string, string[]>(known.map((peer) => [peer.name, []]));
    for (const size of sizes) {
      const samples = await inTurns(known, processes, (peer) => first(peer, name, size, clock));
      const base = samples.get(plain) as number[];
      for (const [who, values] of samples) {
        const ratios = values.map((value, round) => value / (base[round] as number));
        const isHigh = who === 'greenhub' && size === LIMITED && limit !== null && median(ratios) > limit;
        if (isHigh) missed += 1;
        cells.get(who)?.push(cell(values, who === plain ? null : ratios, isHigh));
      }
    }
    for (const [who, texts] of cells) print(line([who === 'greenhub' ? title : '', who, ...texts]));
  }
  return missed;
}

/** The nanoseconds for each operation, in each process of each peer. */
async function inTurns(
  peers: readonly Peer[],
  processes: number,
  measure: (peer: Peer) => Promise<number>,
): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>(peers.map((peer) => [peer.name, []]));
  for (let round = 0; round < processes; round += 1) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      samples.get(peer.name)?.push(await measure(peer));
    }
  }
  return samples;
}

/** NaN if the peer cannot do that many. */
async function first(peer: Peer, operation: string, size: number, clock: string): Promise<number> {
  const process = await PeerProcess.start(peer, operation, { CLOCK: clock });
  try {
    return await process.sample(size);
  } catch {
    return Number.NaN;
  } finally {
    process.end();
  }
}

function cell(values: readonly number[], ratios: readonly number[] | null, isHigh: boolean): string {
  if (values.includes(Number.NaN)) return 'fails';
  const text = (median(values) / 1_000).toFixed(2);
  if (ratios === null) return text;
  const [low, high] = [quantile(ratios, 0.25), quantile(ratios, 0.75)];
  return `${text}  ${median(ratios).toFixed(2)} × (${low.toFixed(1)}–${high.toFixed(1)})${isHigh ? ' ✗' : ''}`;
}
