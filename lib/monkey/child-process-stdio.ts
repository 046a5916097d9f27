/**
 * The streams of a child that could not start because no file descriptor was left (EMFILE, ENFILE). Node gives such a
 * child no streams, so `child.stdin.write()` would throw a TypeError instead of that error.
 */
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** A socket, like Node's own streams of children. Its reads and writes wait until it is destroyed. */
class StandIn extends Socket {
  override _read(): void {}
  override _write(): void {}
  override _final(): void {}

  /** Ignores a destroy without an error: Node destroys `stdin` before it emits the error, in the same tick. */
  override destroy(error?: Error): this {
    return error === undefined ? this : super.destroy(error);
  }
}

/** The substitute streams of children whose error is not known yet. */
const standIns = new WeakMap<ChildProcess, Socket[]>();

/** The `stdio` option of `spawn()` and `fork()`. */
interface StdioOptions {
  stdio?: unknown;
  silent?: boolean;
}

/** Gives a child without streams the streams that it should have. They fail with the error of the spawn. */
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
  // A program that does not use them need not handle their errors.
  for (const stream of streams) stream.on('error', ignore);
  standIns.set(child, streams);
}

/** Breaks the substitute streams of a child. Returns true if anything listens to their errors. */
export function breakStreams(child: ChildProcess, error: Error): boolean {
  const streams = standIns.get(child) ?? [];
  standIns.delete(child);
  const heard = streams.filter((stream) => stream.listenerCount('error') > 1);
  for (const stream of streams) stream.destroy(error);
  return heard.length > 0;
}

/** For each of the three streams of `spawn()` or `fork()`, whether it is a pipe. */
export function pipesOf({ stdio, silent = false }: StdioOptions, call: string): boolean[] {
  const asked = stdio ?? (call === 'fork' && !silent ? 'inherit' : 'pipe');
  return [0, 1, 2].map((index) => isPipe(Array.isArray(asked) ? (asked[index] ?? 'pipe') : asked));
}

function isPipe(kind: unknown): boolean {
  return kind === 'pipe' || kind === 'overlapped';
}

function ignore(): void {}
