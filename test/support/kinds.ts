/**
 * The kinds of queues and locks, as `lib/sync/index.ts` exports them. Tests that hold for every kind take their cases from
 * here, so a new kind is in all of them as soon as it is exported.
 */
import { Channel, Full, Lock, Queue, RLock, Semaphore } from '../../lib/index.ts';
import * as sync from '../../lib/sync/index.ts';

type QueueKind = new <T>(maxsize?: number) => Queue<T>;
export type AnyLock = Lock | RLock | Semaphore;
type LockKind = new (count?: number) => AnyLock;

const exported: readonly unknown[] = Object.values(sync);

/** Every queue that stores items. A `Channel` stores none, so its tests are written out. */
export const queueKinds: readonly QueueKind[] = exported.filter(
  (value): value is QueueKind => isKindOf(value, Queue) && !isKindOf(value, Channel),
);

/** Every lock and semaphore. */
export const lockKinds: readonly LockKind[] = exported.filter((value): value is LockKind =>
  [Lock, RLock, Semaphore].some((base) => isKindOf(value, base)),
);

/** Whether putting to a full queue of this kind drops an item, and so never waits. */
export function dropsItems(Kind: QueueKind): boolean {
  const queue = new Kind<number>(1);
  queue.putNowait(1);
  try {
    queue.putNowait(2);
    return true;
  } catch (error) {
    if (error instanceof Full) return false;
    throw error;
  }
}

function isKindOf(value: unknown, base: abstract new (...args: never[]) => object): boolean {
  return typeof value === 'function' && (value === base || value.prototype instanceof base);
}
