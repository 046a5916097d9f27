import type { Writable } from 'node:stream';
import { type HostTimer, host } from '../../hub/loop/host.ts';

/**
 * Waits until what was written to standard output and standard error is on its way, because `process.exit()` would lose it.
 *
 * @param patience for how long, in milliseconds
 */
export async function flushOutput(patience: number): Promise<void> {
  const { stdout, stderr } = process;
  if (stdout.writableLength + stderr.writableLength === 0) return;
  let timer: HostTimer | undefined;
  const timeIsUp = new Promise<void>((settle) => {
    if (patience !== Infinity) timer = host.startTimer(settle, patience);
  });
  await Promise.race([Promise.all([flushed(stdout), flushed(stderr)]), timeIsUp]);
  if (timer !== undefined) host.stopTimer(timer);
}

function flushed(stream: Writable): Promise<void> {
  return new Promise((settle) => {
    if (stream.writableLength === 0 || stream.destroyed) settle();
    else stream.write('', () => settle());
  });
}
