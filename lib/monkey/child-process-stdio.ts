/**
 * The streams of a child for which there were no file descriptors (EMFILE, ENFILE). Node leaves such a child without any,
 * so that `child.stdin.write()` would be a TypeError in place of the error.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** A socket, as Node's own streams of children are, whose reads and writes wait until it is destroyed. */
class StandIn extends Socket {
  override _read(): void {}
  override _write(): void {}
  override _final(): void {}

  /** Node destroys `stdin` before it tells the error, which comes in the same tick. */
  override destroy(error?: Error): this {
    return error === undefined ? this : super.destroy(error);
  }
}

/** Streams that stand in, until it is known what they break with. */
const standIns = new WeakMap<ChildProcess, Socket[]>();

/** What `spawn()` and `fork()` say about the streams. */
interface StdioOptions {
  stdio?: unknown;
  silent?: boolean;
}

/** Gives a child that has no streams those that it was to have. They break with what the child could not be spawned for. */
export function giveStreams(child: ChildProcess, isPiped: readonly boolean[]): void {
  if ((child.stdio as unknown) !== undefined) return;
  const made = [
    isPiped[0] === true ? new StandIn({ readable: false, writable: true }) : null,
    isPiped[1] === true ? new StandIn({ readable: true, writable: false }) : null,
    isPiped[2] === true ? new StandIn({ readable: true, writable: false }) : null,
  ] as const;
  const [stdin, stdout, stderr] = made;
  Object.assign(child, { stdin, stdout, stderr, stdio: made });
  const streams = made.filter((stream) => stream !== null);
  // Whoever does not use them need not look after them.
  for (const stream of streams) stream.on('error', ignore);
  standIns.set(child, streams);
}

/** Breaks the streams that stand in for those of a child; true if somebody hears of it. */
export function breakStreams(child: ChildProcess, error: Error): boolean {
  const streams = standIns.get(child) ?? [];
  standIns.delete(child);
  const heard = streams.filter((stream) => stream.listenerCount('error') > 1);
  for (const stream of streams) stream.destroy(error);
  return heard.length > 0;
}

/** Which of its three streams a child of `spawn()` or `fork()` has pipes for. */
export function pipesOf({ stdio, silent = false }: StdioOptions, call: string): boolean[] {
  const asked = stdio ?? (call === 'fork' && !silent ? 'inherit' : 'pipe');
  return [0, 1, 2].map((index) => isPipe(Array.isArray(asked) ? (asked[index] ?? 'pipe') : asked));
}

function isPipe(kind: unknown): boolean {
  return kind === 'pipe' || kind === 'overlapped';
}

function ignore(): void {}
