import type { ChildProcess } from 'node:child_process';
import type { CommandFolder } from './command.ts';
import { endOf } from './ending.ts';

/** A program that runs while a test looks into it. */
export class Running {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number, ended: Promise<unknown>) {
    this.child = child;
    this.pid = pid;
    this.ended = ended;
  }

  /** Starts a program that prints its id as its first line. Waits for that. */
  static async start(child: ChildProcess): Promise<Running> {
    return new Promise((settle, fail) => {
      const ended = endOf(child, (stdout) => {
        const [, pid] = /^(\d+)\n/.exec(stdout) ?? [];
        if (pid !== undefined) settle(new Running(child, Number(pid), ended));
      });
      ended.then(({ stderr }) => fail(new Error(`the program has ended: ${stderr}`)), fail);
    });
  }

  /** Ends it, and waits for the end. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

/** Three greenlets of `work()` that wait at a queue, one that sleeps, and one that joins it. */
export function writeWaiting(folder: CommandFolder): string {
  return folder.write(
    'waiting.js',
    `import { Queue, sleep, spawn } from 'greenhub';
    const jobs = new Queue(10);
    for (let i = 0; i < 3; i += 1) spawn(function* work() { yield* jobs.get(); });
    const sleeper = spawn(function* rest() { yield* sleep(3_600_000); });
    // The last to start prints: all others wait then.
    spawn(function* wait() { console.log(process.pid); yield* sleeper; });`,
  );
}
