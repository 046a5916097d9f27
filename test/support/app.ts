import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/typescript-node.js';
import { type Ended, endOf } from './ending.ts';

/** The flags that load the register entry before the app. */
export const REGISTER = ['--import', 'greenhub/monkey/register'];

/** Runs the first of some files in a folder in which the built package and undici are installed. */
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

/** Runs a Node program in a folder. It is killed if it hangs. */
export function runNode(args: readonly string[], folder: string): Promise<Ended> {
  return endOf(spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));
}
