import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Peer } from './peers.ts';

/** A measurement takes a few seconds at most; after this time, it hangs. */
const PATIENCE = 120_000;

interface Answer {
  value?: number;
  error?: string;
  missing?: boolean;
}

/** The process of a peer. It does one operation, as often as requested, and is idle in between. */
export class PeerProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  /** The end of its standard error, because some peers print a lot before they fail. */
  private complaints = '';

  private constructor(peer: Peer, operation: string, env: NodeJS.ProcessEnv) {
    const { command, args, env: own } = peer.command(operation);
    this.child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env, ...own } });
    this.child.stdin?.on('error', () => undefined);
    const { stdout, stderr } = this.child;
    stderr?.on('data', (chunk) => {
      this.complaints = (this.complaints + chunk).slice(-2_000);
    });
    if (stdout === null) throw new Error('the child has no pipe for its output');
    this.lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Starts the process and waits until it is ready. */
  static async start(peer: Peer, operation: string, env: NodeJS.ProcessEnv): Promise<PeerProcess> {
    const started = new PeerProcess(peer, operation, env);
    const { missing } = await started.answer();
    if (missing) throw new Error('the peer has no such operation');
    return started;
  }

  /** Runs `n` operations and returns the measured value of one. */
  async sample(n: number): Promise<number> {
    this.child.stdin?.write(`${n}\n`);
    const { value, error } = await this.answer();
    if (value === undefined) throw new Error(error ?? 'no value');
    return value;
  }

  end(): void {
    this.child.kill('SIGKILL');
  }

  private async answer(): Promise<Answer> {
    const patience = setTimeout(() => this.end(), PATIENCE);
    try {
      const { done, value } = await this.lines.next();
      if (!done) return JSON.parse(value);
      throw new Error(`its process ended: ${this.complaints.trim().split('\n').pop()}`);
    } finally {
      clearTimeout(patience);
    }
  }
}
