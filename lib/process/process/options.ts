import type { ResourceLimits, Transferable } from 'node:worker_threads';
import type { Coroutine } from '../../greenlet/operation.ts';
import { checkedOptions, type OptionNames } from '../../hub/checks/options.ts';
import { checkChildOptions, checkList, wrongOption } from '../child/check-options.ts';
import type { Stdio } from '../child/child.ts';
import type { TargetModule } from '../travel/target.ts';

/** What a process runs: a function of `remote()` that returns `R`, or a function by its module. */
export type ProcessTarget<R, A extends unknown[]> = ((...args: A) => Coroutine<R> | PromiseLike<R> | R) | TargetModule;

export interface ProcessOptions<R = unknown, A extends unknown[] = unknown[]> {
  /** Left out only for a subclass with a `run()` of its own. */
  target?: ProcessTarget<R, A> | undefined;
  /** The arguments of the target. `start()` copies them. */
  args?: A | undefined;
  /** By default `Process-1`, `Process-2` and so on. */
  name?: string | undefined;
  /** A daemon is terminated when its parent ends, and may start no processes. A parent waits for its other children. */
  daemon?: boolean | undefined;
  /** A process has its own memory and pid. A thread shares memory, and starts more quickly. The default is `'process'`. */
  kind?: 'process' | 'thread' | undefined;
  /** Its environment. By default a copy of this one. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Its working folder. The modules of `--import` and `--require` are found from ours. Not for threads. */
  cwd?: string | URL | undefined;
  /** Its flags of Node. By default ours, without those that are for this process alone, such as `--inspect`. */
  execArgv?: readonly string[] | undefined;
  /** Standard input, output and error. By default there is no input, and output goes to that of this process. */
  stdio?: Stdio | readonly Stdio[] | undefined;
  /** The limits of its memory. A thread or process that needs more is lost. `codeRangeSizeMb` is for threads only. */
  resourceLimits?: ResourceLimits | undefined;
  /** What is moved out of `args` instead of copied: buffers and ports. For threads only. */
  transfer?: readonly Transferable[] | undefined;
  /** Ends a process by force that spins after its parent was killed. Costs a thread. Off by default. */
  watchdog?: boolean | undefined;
}

const NAMES: OptionNames<ProcessOptions> = {
  target: 'function',
  args: 'any',
  name: 'string',
  daemon: 'boolean',
  kind: 'string',
  env: 'object',
  cwd: 'string',
  execArgv: 'any',
  stdio: 'any',
  resourceLimits: 'object',
  transfer: 'any',
  watchdog: 'boolean',
};

const CALL = 'new Process()';

/** @throws TypeError for options that are unknown, of a wrong type, or not of the kind */
export function checkedProcessOptions(options: ProcessOptions): ProcessOptions {
  checkedOptions(options, NAMES, CALL);
  const { args, kind = 'process', cwd, stdio, transfer } = options;
  checkList(args, 'args', CALL);
  if (kind !== 'process' && kind !== 'thread') throw wrongOption('kind', CALL, "'process' or 'thread'", kind);
  if (kind === 'thread' && cwd !== undefined) {
    throw new TypeError(`cwd is no option of a thread, which shares the working folder: use kind: 'process'`);
  }
  if (kind === 'process' && transfer !== undefined) {
    throw new TypeError(`transfer is no option of a process, which shares no memory: use kind: 'thread'`);
  }
  if (cwd !== undefined && typeof cwd !== 'string' && !(cwd instanceof URL)) {
    throw wrongOption('cwd', CALL, 'a path', cwd);
  }
  checkChildOptions(kind, options, CALL);
  checkList(transfer, 'transfer', CALL);
  checkStdio(stdio);
  return options;
}

function checkStdio(stdio: unknown): void {
  const all: unknown[] = Array.isArray(stdio) ? stdio : stdio === undefined ? [] : [stdio];
  for (const each of all) {
    if (each === 'inherit' || each === 'ignore' || each === 'pipe' || (each === undefined && Array.isArray(stdio)))
      continue;
    throw wrongOption('stdio', CALL, "'inherit', 'ignore' or 'pipe', or an array of up to three of them", each);
  }
  if (all.length > 3) throw wrongOption('stdio', CALL, 'an array of up to three', stdio);
}
