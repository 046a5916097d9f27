import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/typescript-node.js';
import type { Ended } from './child.ts';

/** The flags that load the register entry before the app. */
export const REGISTER = ['--import', 'greenhub/monkey/register'];

/** Runs the first of some files in a folder that has the built package installed, and undici. */
export async function runApp(flags: readonly string[], files: Record<string, string>): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-app-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'greenhub'), 'dir');
    symlinkSync(join(root, 'node_modules', 'undici'), join(folder, 'node_modules', 'undici'), 'dir');
    const all = { ...files, 'package.json': '{"name":"app","private":true}' };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
    return await runNode([...flags, Object.keys(files)[0] as string], folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program of Node's own kind in a folder; it is killed when it hangs. */
export async function runNode(args: readonly string[], folder: string): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const ended: Ended = { code: null, signal: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text;
  });
  return new Promise((settle) => {
    child.on('close', (code, signal) => settle({ ...ended, code, signal }));
  });
}
