/**
 * Handles of sockets, which travel over Node's own channel between processes, beside the first message to a child. The message
 * has their numbers.
 */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Gift, ReleasedHandle } from '../../net/giving.ts';
import { restoresWith } from '../travel/shareable.ts';

/** The field of a message that has the number of the handle beside it. */
const NUMBER = 'greenhub.handle';

/** @returns a function to call when the process has ended */
export function sendHandles(child: ChildProcess, gifts: readonly Gift[]): () => void {
  const all: ReleasedHandle[] = [];
  const pending = new Set<ReleasedHandle>();
  const settle = (released: ReleasedHandle): void => {
    if (pending.delete(released)) released.settled();
  };
  gifts.forEach((gift, number) => {
    const released = gift.release();
    all.push(released);
    pending.add(released);
    child.send({ [NUMBER]: number }, released.handle as Socket, () => settle(released));
  });
  return () => {
    for (const released of all) {
      settle(released);
      released.ended?.();
    }
  };
}

/** In a child: waits until `count` handles are here, so that the message beside them can be decoded. */
export async function receiveHandles(count: number): Promise<void> {
  if (count === 0) return;
  const handles: unknown[] = new Array(count);
  const [{ givenSocket }] = await Promise.all([import('../shared/given.ts'), arrivalOf(handles)]);
  restoresWith<[Gift['kind'], number, unknown]>('handle', ([kind, number, data]) =>
    givenSocket(kind, handles[number], data),
  );
}

function arrivalOf(handles: unknown[]): Promise<void> {
  return new Promise((resolve) => {
    let missing = handles.length;
    const receive = (message: unknown, handle: unknown): void => {
      const number = (message as Record<string, unknown> | null)?.[NUMBER];
      if (typeof number !== 'number') return;
      keepIntact(handle as Partial<Socket>);
      handles[number] = handle;
      missing -= 1;
      if (missing > 0) return;
      process.off('message', receive);
      resolve();
    };
    process.on('message', receive);
  });
}

/** Node has made a stream of a connection already, and reads it. */
function keepIntact(stream: Partial<Socket>): void {
  if (stream.on === undefined) return;
  stream.allowHalfOpen = true;
  stream.on('error', () => {});
}
