import type { Socket as Stream } from 'node:net';
import { host } from '../hub/host.ts';

/** How long a client may take to close its side, in milliseconds. */
const LINGER = 1_000;

const lingering = new WeakSet<Stream>();

/**
 * Closes a connection so that the peer gets all that was sent. To close one whose peer is still sending resets it, and that
 * throws away what the peer has not read yet. So this side ends first, and what still comes is dropped until the peer ends its
 * own, for a second at most.
 */
export function closeGently(stream: Stream): void {
  if (stream.destroyed || lingering.has(stream)) return;
  lingering.add(stream);
  const timer = host.startTimer(() => stream.destroy(), LINGER);
  stream.on('close', () => host.stopTimer(timer));
  // Both sides may have ended before.
  const over = (): void => {
    if (stream.readableEnded && stream.writableFinished) stream.destroy();
  };
  stream.on('end', over).on('finish', over);
  stream.end();
  stream.resume();
  over();
}
