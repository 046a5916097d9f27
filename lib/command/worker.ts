import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkedName, LEAST_LOCK } from '../tasks/options.ts';
import type { WorkerOptions } from '../tasks/worker.ts';
import { USELESS, type WorkerOrder } from '../tasks/worker-order.ts';
import { type Command, numberOf, parsed } from './command.ts';
import { ENDING } from './ending.ts';
import { CommandError, UsageError } from './errors.ts';
import { entryFor, programPath } from './package.ts';
import { asChild, FORWARDED, passOn } from './same-end.ts';
import { typescriptFlags } from './typescript.ts';

const OPTIONS = {
  queues: { type: 'string' },
  concurrency: { type: 'string' },
  grace: { type: 'string' },
  lock: { type: 'string' },
  processes: { type: 'string' },
} as const;

/** The pause before a process is started anew that has ended by itself, in milliseconds. */
const PAUSE = 1_000;

/** `greenhub worker`: runs the tasks of `greenhub/tasks` that a module defines. */
export const worker: Command = {
  name: 'worker',
  usage: '[--queues LIST] [--concurrency N] [--processes N] [--grace MS] [--lock MS] MODULE',
  summary: 'runs the tasks that a module defines, for greenhub/tasks',
  help: `
  --queues LIST      the queues to serve, with commas between them; all that the tasks name by default
  --concurrency N    how many jobs of each queue run at once in a process; 100 by default
  --processes N      how many processes; 1 by default. One that ends by itself is replaced
  --grace MS         how long tasks may go on after SIGTERM; 10000 by default
  --lock MS          how long a job stays with a worker that no longer answers; 30000 by default

MODULE is a file of JavaScript or TypeScript that calls new Tasks() with a url, or imports such a module. SIGTERM lets what runs
end, and then ends the worker with exit code 0.`,

  async run(args) {
    const { values, positionals } = parsed(args, OPTIONS);
    const [module, ...more] = positionals;
    if (module === undefined) throw new UsageError('name the module that defines the tasks');
    if (more.length > 0) throw new UsageError(`it takes one module, and not ${more.length + 1}`);
    const path = programPath(module);
    const count = wholeOf('--processes', values.processes) ?? 1;
    const order: WorkerOrder = { file: path, options: optionsOf(values), isOneOfSeveral: count > 1 };
    const env = { ...process.env, GREENHUB_WORKER: JSON.stringify(order) };
    const flags = ['--enable-source-maps', ...typescriptFlags(path), fileURLToPath(entryFor(path, 'tasks/run-worker'))];
    const start = (): ChildProcess => spawn(process.execPath, flags, { stdio: 'inherit', env });
    return count === 1 ? asChild(start()) : new Fleet(start).run(count);
  },
};

type Given = { readonly [Name in keyof typeof OPTIONS]?: string };

function optionsOf({ queues, concurrency, grace, lock }: Given): WorkerOptions {
  const options: WorkerOptions = {
    queues: queues?.split(',').map((name) => queueOf(name.trim())),
    concurrency: wholeOf('--concurrency', concurrency),
    grace: grace === undefined ? undefined : numberOf('--grace', grace, 0),
    lock: wholeOf('--lock', lock, LEAST_LOCK),
  };
  return options;
}

function queueOf(name: string): string {
  try {
    return checkedName(name, 'queue');
  } catch (error) {
    throw new UsageError(`--queues: ${(error as Error).message}`);
  }
}

function wholeOf(name: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined;
  const number = numberOf(name, text, least);
  if (Number.isInteger(number)) return number;
  throw new UsageError(`${name} takes a whole number, not ${text}`);
}

/** Several processes that do the same. It ends when all have, after a signal. */
class Fleet {
  private readonly start: () => ChildProcess;
  private readonly children = new Set<ChildProcess>();
  private isEnding = false;
  private exitCode = 0;
  private over: () => void = () => {};

  constructor(start: () => ChildProcess) {
    this.start = start;
  }

  async run(count: number): Promise<number> {
    const over = new Promise<void>((settle) => {
      this.over = settle;
    });
    // A worker that gets a second signal, from the terminal and from here, would end without its jobs.
    const forward = (signal: NodeJS.Signals): void => {
      if (ENDING.includes(signal)) this.isEnding = true;
      for (const child of this.children) passOn(signal, child);
      this.endIfEmpty();
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    for (let started = 0; started < count; started += 1) this.add();
    await over;
    for (const signal of FORWARDED) process.off(signal, forward);
    return this.exitCode;
  }

  private add(): void {
    const child = this.start();
    this.children.add(child);
    child.on('error', (error) => {
      throw new CommandError(`cannot start a process: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      this.children.delete(child);
      // A wrong module ends all of them, at once.
      if (code === USELESS && !this.isEnding) this.fail();
      else if (this.isEnding) this.exitCode = Math.max(this.exitCode, code === USELESS ? 1 : (code ?? 1));
      else this.replace(child, signal ?? `exit code ${code}`);
      this.endIfEmpty();
    });
  }

  private replace({ pid }: ChildProcess, how: string): void {
    process.stderr.write(`greenhub worker: process ${pid} has ended (${how}): starting another one\n`);
    setTimeout(() => {
      if (!this.isEnding) this.add();
    }, PAUSE);
  }

  private fail(): void {
    this.isEnding = true;
    this.exitCode = 1;
    for (const child of this.children) child.kill('SIGTERM');
  }

  private endIfEmpty(): void {
    if (this.isEnding && this.children.size === 0) this.over();
  }
}
