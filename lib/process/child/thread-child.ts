import type { Readable, Writable } from 'node:stream';
import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import { bellMemory, bellsOfParent } from '../channel/bell.ts';
import { portChannel } from '../channel/port-channel.ts';
import { bootstrapUrl } from './bootstrap-url.ts';
import { bootOf, Child, type ChildOptions } from './child.ts';
import { BELLS, PORT } from './connection.ts';
import { inheritedExecArgv } from './exec-argv.ts';
import { stdioOf } from './stdio.ts';

/** The exit codes that `worker.terminate()` gives: before and after the thread has begun to run. */
const TERMINATED = [0, 1];

export class ThreadChild extends Child {
  readonly pid: number | null = process.pid;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  private readonly worker: Worker;

  /** @throws DataCloneError if the task cannot be cloned */
  constructor(options: ChildOptions, id: string) {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const bells = bellMemory();
    const [stdin, stdout, stderr] = stdioOf(options.stdio);
    let worker: Worker;
    try {
      ours.postMessage(bootOf(options, id), options.transfer ?? []);
      worker = workerWith(options.execArgv, {
        name: options.name,
        workerData: { [PORT]: theirs, [BELLS]: bells },
        transferList: [theirs],
        stdin: stdin === 'pipe',
        stdout: stdout !== 'inherit',
        stderr: stderr !== 'inherit',
        ...(options.env === undefined ? {} : { env: withoutUndefined(options.env) }),
        ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      });
    } catch (error) {
      ours.close();
      throw error;
    }
    super(options, id, portChannel(ours, bellsOfParent(bells)));
    this.worker = worker;
    this.stdin = worker.stdin;
    this.stdout = stdout === 'pipe' ? worker.stdout : null;
    this.stderr = stderr === 'pipe' ? worker.stderr : null;
    if (stdout === 'ignore') worker.stdout.resume();
    if (stderr === 'ignore') worker.stderr.resume();
    worker.on('error', (error) => {
      this.crash = error;
    });
    // The exit code of a process is one byte.
    worker.on('exit', (exitcode) => this.ended(exitcode & 0xff, TERMINATED.includes(exitcode)));
  }

  /** A thread ends with its process. */
  hasClosed(): boolean {
    return true;
  }

  protected end(): void {
    void this.worker.terminate();
  }

  ref(): void {
    this.worker.ref();
  }

  unref(): void {
    this.worker.unref();
  }
}

/** A process does not get a variable that is undefined, and a thread would get the text "undefined". */
function withoutUndefined(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/**
 * A thread inherits the flags of its process by itself. They are named only if some of them must be left out. Then Node refuses
 * those that are for the whole process, which every thread has anyway.
 */
function workerWith(execArgv: readonly string[] | undefined, options: WorkerOptions): Worker {
  if (execArgv !== undefined) return new Worker(bootstrapUrl, { ...options, execArgv: [...execArgv] });
  const inherited = inheritedExecArgv();
  if (inherited.length === process.execArgv.length) return new Worker(bootstrapUrl, options);
  try {
    return new Worker(bootstrapUrl, { ...options, execArgv: inherited });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
    const refused = (message.split('flags: ')[1] ?? '').split(', ');
    return new Worker(bootstrapUrl, { ...options, execArgv: inherited.filter((flag) => !refused.includes(flag)) });
  }
}
