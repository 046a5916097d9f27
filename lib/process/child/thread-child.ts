import type { Readable, Writable } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import { portChannel } from '../channel/port-channel.ts';
import { bootstrapUrl } from './bootstrap-url.ts';
import { bootOf, Child, type ChildOptions } from './child.ts';
import { PORT } from './connection.ts';
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
    const [stdin, stdout, stderr] = stdioOf(options.stdio);
    let worker: Worker;
    try {
      ours.postMessage(bootOf(options, id), options.transfer ?? []);
      worker = new Worker(bootstrapUrl, {
        name: options.name,
        workerData: { [PORT]: theirs },
        transferList: [theirs],
        stdin: stdin === 'pipe',
        stdout: stdout !== 'inherit',
        stderr: stderr !== 'inherit',
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
        ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      });
    } catch (error) {
      ours.close();
      throw error;
    }
    super(options, id, portChannel(ours));
    this.worker = worker;
    this.stdin = worker.stdin;
    this.stdout = stdout === 'pipe' ? worker.stdout : null;
    this.stderr = stderr === 'pipe' ? worker.stderr : null;
    if (stdout === 'ignore') worker.stdout.resume();
    if (stderr === 'ignore') worker.stderr.resume();
    worker.on('error', (error) => {
      this.crash = error;
    });
    worker.on('exit', (exitcode) => this.ended(exitcode, TERMINATED.includes(exitcode)));
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
