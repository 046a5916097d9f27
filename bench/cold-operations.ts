/** The operations of `npm run bench:peers` that `npm run bench cold` measures. */
import { operations } from './peers/operations.ts';

export interface ColdOperation {
  name: string;
  title: string;
  /** The base of greenhub's ratios. */
  plain: string;
  others: string[];
  /** The limit for the first thousand operations, as a multiple of plain promises. */
  limit: number | null;
}

const LIMITS: Record<string, number | null> = {
  spawn: 8,
  queue1: 3,
  queue1024: 3,
  queueUnbounded: 3,
  semaphore: 3,
  poolMap: 6,
  lock: null,
  event: null,
  yield2: null,
  timeoutReady: null,
  switch: null,
  channel: null,
  kill: null,
};

export const coldOperations: ColdOperation[] = Object.entries(LIMITS).map(([name, limit]) => {
  const operation = operations.find((known) => known.name === name);
  if (operation === undefined) throw new Error(`no operation of bench/peers is called ${name}`);
  const { title, peers } = operation;
  // Promises have no switch.
  const plain = peers.includes('async/await') ? 'async/await' : 'bare generators';
  return { name, title, plain, others: peers.filter((peer) => peer !== plain), limit };
});
