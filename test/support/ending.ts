import type { ChildProcess } from 'node:child_process';

/** How a program ended, and its output. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** In milliseconds. No program of the tests takes nearly as long, even on a busy machine: a slower one hangs. */
export const LIMIT = 240_000;

/**
 * Waits until a program has ended. A program that hangs is killed, and the error contains its output.
 *
 * @param noted called with the whole output on stdout so far, each time there is more
 */
export function endOf(
  child: ChildProcess,
  noted: (stdout: string) => void = () => {},
  longest = LIMIT,
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    noted(stdout);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((settle, fail) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`the program had not ended after ${longest} ms. It had printed:\n${stdout}\n${stderr}`));
    }, longest);
    child.on('error', (error) => {
      clearTimeout(limit);
      fail(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      settle({ code, signal, stdout, stderr });
    });
  });
}
