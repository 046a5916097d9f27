/**
 * Handles of sockets, which travel over Node's own channel between processes, beside the first message to a child. The message
 * has their numbers.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Gift, ReleasedHandle } from '../../net/giving.ts';
import { restoresWith } from '../travel/shareable.ts';

/** The field of a message that has the number of the handle beside it. */
const NUMBER = 'greenhub.handle';

/**
 * Sends them once the child listens. Node would begin to read a connection that nobody listens for, and end it with its peer.
 *
 * @returns a function to call when the process has ended
 */
export function sendHandles(child: ChildProcess, gifts: readonly Gift[]): () => void {
  const all = gifts.map((gift) => gift.release());
  const pending = new Set<ReleasedHandle>(all);
  const settle = (released: ReleasedHandle): void => {
    if (pending.delete(released)) released.settled();
  };
  const send = (): void =>
    all.forEach((released, number) => {
      child.send({ [NUMBER]: number }, released.handle as Socket, () => settle(released));
    });
  if (all.length > 0) child.once('message', send);
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
      handles[number] = untouched(handle as Given);
      missing -= 1;
      if (missing > 0) return;
      process.off('message', receive);
      resolve();
    };
    process.on('message', receive);
    // Tells the parent to send them. If it has ended, so will this process.
    process.send?.(null, undefined, undefined, () => {});
  });
}

type Given = { on?: unknown; _handle?: { readStop(): void; reading: boolean } | null };

/**
 * Node has made a stream of a connection, which would read on until the message is decoded. If it came to the end, what was read ahead
 * could no longer be put in front. So another stream, which does not read yet, gets the connection.
 */
function untouched(given: Given): unknown {
  const { _handle: handle } = given;
  if (given.on === undefined || !handle) return given;
  handle.readStop();
  handle.reading = false;
  given._handle = null;
  return new Socket({ handle, manualStart: true, allowHalfOpen: true } as object).on('error', () => {});
}
