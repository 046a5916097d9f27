import type { Writable } from 'node:stream';

/** How long output may take, in milliseconds. Nobody may read it. */
const PATIENCE = 1_000;

/** Waits until what was written to standard output and standard error is on its way: `process.exit()` would lose it. */
export async function flushOutput(): Promise<void> {
  const { stdout, stderr } = process;
  if (stdout.writableLength + stderr.writableLength === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((settle) => {
    timer = setTimeout(settle, PATIENCE);
  });
  await Promise.race([Promise.all([flushed(stdout), flushed(stderr)]), patience]);
  clearTimeout(timer);
}

function flushed(stream: Writable): Promise<void> {
  return new Promise((settle) => {
    if (stream.writableLength === 0 || stream.destroyed) settle();
    else stream.write('', () => settle());
  });
}
