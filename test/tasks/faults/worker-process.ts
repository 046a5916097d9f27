import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkerOptions } from '../../../lib/tasks/index.ts';
import { root } from '../../../scripts/typescript-node.js';
import { COMMAND } from '../../support/command.ts';

/** A process that works for the app of a program in test/tasks/programs/, as `greenhub worker` starts it. */
export class WorkerProcess {
  /** What it has printed on standard error. */
  printed = '';
  readonly child: ChildProcess;

  constructor(program: string, url: string, options: WorkerOptions) {
    const order = { file: join(root, 'test/tasks/programs', program), options };
    this.child = spawn(process.execPath, [join(COMMAND, '../../tasks/run-worker.js')], {
      env: { ...process.env, REDIS_URL: url, GREENHUB_WORKER: JSON.stringify(order) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.printed += text;
    });
  }

  /** Kills it, and waits until it has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
