import type { ChildProcess } from 'node:child_process';

/** The signals that a command passes on to the processes that it has started. */
export const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
/** A terminal sends these to the whole foreground group, so the child gets them without us. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Passes a signal on to a child, unless the terminal has sent it to the child, too. */
export function passOn(signal: NodeJS.Signals, child: Pick<ChildProcess, 'kill'>): void {
  if (!process.stdin.isTTY || !FROM_TERMINAL.includes(signal)) child.kill(signal);
}

/**
 * Waits for a child, passes signals on to it, and ends as it does: with the same exit code, or by the same signal.
 *
 * @returns the exit code
 */
export async function asChild(child: ChildProcess): Promise<number> {
  const forward = (signal: NodeJS.Signals): void => passOn(signal, child);
  for (const signal of FORWARDED) process.on(signal, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((settle, fail) => {
    child.on('exit', (...end) => settle(end));
    child.on('error', fail);
  });
  for (const each of FORWARDED) process.off(each, forward);
  if (signal === null) return code ?? 1;
  process.kill(process.pid, signal);
  // The signal may arrive only after this.
  return new Promise(() => {
    setInterval(() => {}, 1_000);
  });
}
