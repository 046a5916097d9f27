import type { Socket as Stream } from 'node:net';
import { host } from '../hub/loop/host.ts';

/** How long a client may take to close its side, in milliseconds. */
const LINGER = 1_000;

const lingering = new WeakSet<Stream>();

/**
 * Closes a connection so that the peer gets everything that was sent. Closing while the peer still sends would reset
 * the connection, and the peer would lose unread data. So this side ends first and drops what still arrives, until the
 * peer ends its side, for at most a second.
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
