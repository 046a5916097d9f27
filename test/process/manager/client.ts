import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { root } from '../../../scripts/typescript-node.js';

const script = fileURLToPath(new URL('../targets/manager-client.js', import.meta.url));

interface Answer {
  id: number;
  value?: unknown;
  error?: { name: string; message: string; code?: string };
}

/** A program of its own that uses a Manager: see `targets/manager-client.js`. */
export class Client {
  readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private last = 0;

  constructor() {
    this.process = spawn(process.execPath, [script], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.ended = once(this.process, 'exit');
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      this.waiting.get(answer.id)?.(answer);
    });
  }

  /** Has it carry out a command. Gives the value or the error. */
  async ask(command: string, ...args: unknown[]): Promise<unknown> {
    const { value, error } = await this.answer(command, args);
    return error ?? value;
  }

  /** Like `ask()`, but an error is thrown. */
  async get(command: string, ...args: unknown[]): Promise<unknown> {
    const { value, error } = await this.answer(command, args);
    if (error !== undefined) throw new Error(`${command}: ${error.name}: ${error.message}`);
    return value;
  }

  /** Ends it, and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal);
    await this.ended;
  }

  private answer(command: string, args: unknown[]): Promise<Answer> {
    this.last += 1;
    const id = this.last;
    this.process.stdin?.write(`${JSON.stringify({ id, command, args })}\n`);
    return new Promise((settle) => this.waiting.set(id, settle));
  }
}
