import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadPort } from '../support/dead-port.ts';

/** A user and group that a server runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

export interface ServerProgram {
  command: string;
  /** Its output when it accepts connections. */
  ready: RegExp;
  /** The signal that stops it gracefully. */
  stopSignal: NodeJS.Signals;
  /** Some servers refuse to run as root. */
  owner?: Owner | undefined;
  /** Prepares its folder. */
  prepare?: (folder: string) => void;
  args: (folder: string, port: number) => string[];
}

/** A server that is not running after this many milliseconds fails its tests. */
const LIMIT = 60_000;

/** A real server on a free port of loopback, with its own folder, started on first use. */
export class ServerProcess {
  private readonly program: ServerProgram;
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private port = 0;
  private output = '';

  constructor(program: ServerProgram) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), 'greenhub-server-'));
    process.once('exit', this.abandon);
  }

  /** The port that it listens on at 127.0.0.1. */
  async start(): Promise<number> {
    if (this.child !== undefined) return this.port;
    const { command, owner, prepare, args } = this.program;
    if (owner !== undefined) chownSync(this.folder, owner.uid, owner.gid);
    prepare?.(this.folder);
    if (this.port === 0) this.port = await deadPort();
    this.output = '';
    this.child = spawn(command, args(this.folder, this.port), {
      ...owner,
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await this.up(this.child);
    return this.port;
  }

  /** Ends it, and keeps its folder: `start()` starts it again, on the same port. */
  async halt(signal: NodeJS.Signals = this.program.stopSignal): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'close');
    child.kill(signal);
    await exit;
  }

  /** Sends a signal to its process. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Stops it and removes its folder. */
  async stop(): Promise<void> {
    await this.halt();
    process.off('exit', this.abandon);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private up(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${this.program.command} ${why}:\n${this.output}`));
      const limit = setTimeout(() => fail(`was not up after ${LIMIT} ms`), LIMIT);
      const note = (text: Buffer): void => {
        this.output += text;
        if (!this.program.ready.test(this.output)) return;
        clearTimeout(limit);
        resolve();
      };
      child.stdout?.on('data', note);
      child.stderr?.on('data', note);
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code) => fail(`ended with code ${code}`));
    });
  }

  /** Called if the tests end without stopping it. */
  private readonly abandon = (): void => {
    this.child?.kill(this.program.stopSignal);
    rmSync(this.folder, { recursive: true, force: true });
  };
}

/** The first of some users that exists, if this process is root and can switch to it. */
export function ownerBeside(...names: string[]): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of names) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // There is no such user: try the next one.
    }
  }
  return undefined;
}

function idOf(what: string, name: string): number {
  return Number(execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}
