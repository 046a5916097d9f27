import { type ChildProcess, spawn } from 'node:child_process';
import { root } from '../../scripts/typescript-node.js';
import { needsNode } from './capability.ts';
import { type Ended, endOf } from './ending.ts';

export interface ProgramOptions {
  env?: Record<string, string>;
  /** Signals to send one after the other, each after the program has printed another line `ready`. */
  signals?: NodeJS.Signals[];
  /** Called with the process when it has started. */
  started?: (child: ChildProcess) => void;
  /** How many file descriptors it may have open. */
  descriptors?: number;
  /** How long it may take, in milliseconds. */
  limit?: number;
}

/**
 * Runs a module in its own process, on the built package, because a process that compiles the sources takes five times
 * as long to start. The module may use every export of `greenhub` without importing it.
 */
export async function runProgram(source: string, options: ProgramOptions = {}): Promise<Ended> {
  needsNode('starts a program with the flags of Node');
  // A second copy of the library, beside the built one, would have its own hub.
  if (/['"`]\.\/lib\//.test(source)) throw new Error("import 'greenhub/…' in programs, not the sources");
  const program = `Object.assign(globalThis, await import('greenhub'));\n${source}`;
  const node = [process.execPath, '--enable-source-maps', '--input-type=module', '--eval', program];
  const limit = options.descriptors === undefined ? '' : `ulimit -n ${options.descriptors};`;
  const child = spawn('sh', ['-c', `${limit} exec "$@"`, 'sh', ...node], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.started?.(child);
  const signals = [...(options.signals ?? [])];
  let seen = 0;
  return endOf(
    child,
    (stdout) => {
      const ready = stdout.split('\n').filter((line) => line === 'ready').length;
      for (; seen < ready; seen += 1) {
        const signal = signals.shift();
        if (signal !== undefined) child.kill(signal);
      }
    },
    options.limit,
  );
}
