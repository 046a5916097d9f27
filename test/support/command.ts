import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/typescript-node.js';
import { type Ended, endOf } from './ending.ts';

/** The built command: `greenhub` of package.json's `bin`. */
export const COMMAND = join(root, 'dist/command/main.js');

export interface CommandOptions {
  env?: Record<string, string>;
  /** Called with the process when it has started. */
  started?: (child: ChildProcess) => void;
  /** Called with the output on stdout so far, each time there is more. */
  noted?: (stdout: string, child: ChildProcess) => void;
}

/** A folder for the programs and sockets of one test file. Its programs can import `greenhub`, and tsx is installed there. */
export class CommandFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'command-'));

  constructor() {
    const modules = join(this.path, 'node_modules');
    mkdirSync(modules);
    writeFileSync(join(this.path, 'package.json'), JSON.stringify({ type: 'module' }));
    symlinkSync(root, join(modules, 'greenhub'));
    symlinkSync(join(root, 'node_modules/tsx'), join(modules, 'tsx'));
  }

  /** Writes a file. Returns its path. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs `greenhub` to its end. */
  greenhub(args: readonly string[], { env, started, noted }: CommandOptions = {}): Promise<Ended> {
    const child = this.start(args, env);
    started?.(child);
    return endOf(child, (stdout) => noted?.(stdout, child));
  }

  /** Starts `greenhub`. It sees only the programs of this folder. */
  start(args: readonly string[], env: Record<string, string> = {}, stdin: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    return spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.path,
      env: { ...process.env, TMPDIR: this.path, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
