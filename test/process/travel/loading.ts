/** Loads targets in real threads and processes, which start without tsx. */

import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { Place } from '../../../lib/process/travel/remote.ts';
import { root } from '../../../scripts/typescript-node.js';

export interface Loaded {
  /** What the loaded function has returned. */
  value?: unknown;
  error?: { name: string; message: string; code?: string; stack: string };
  /** Whether a start of a process would have been refused: before, in the module, and after. */
  importing?: { before: boolean; after: boolean };
  /** What the module has put into `globalThis.seen`. */
  seen?: unknown;
}

/** A folder outside the repository, with a program that loads a target. */
export class Loading {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'greenhub-travel-')));

  constructor() {
    // A suite that breaks off does not come to its last test.
    process.once('exit', () => this.remove());
  }

  /** Compiles the sources, because a thread of Node 20 cannot run them. */
  async build(): Promise<void> {
    await build({
      stdin: {
        contents: `
          export { loadTarget } from './lib/process/travel/load-target.ts';
          export { isImportingTarget } from './lib/process/travel/importing.ts';`,
        resolveDir: root,
      },
      outfile: join(this.folder, 'lib.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.18',
    });
    this.write(
      'load.mjs',
      `
      import { isMainThread, parentPort, workerData } from 'node:worker_threads';
      import { isImportingTarget, loadTarget } from './lib.mjs';
      const { args, ...place } = workerData ?? JSON.parse(process.argv[2]);
      const loaded = { importing: { before: isImportingTarget() } };
      globalThis.isImportingTarget = isImportingTarget;
      globalThis.other = () => loadTarget(place);
      try {
        const fn = await loadTarget(place);
        loaded.importing.after = isImportingTarget();
        loaded.value = typeof fn === 'function' ? await fn(...args) : fn;
      } catch (error) {
        const { name, message, code, stack } = error;
        loaded.error = { name, message, code, stack };
      }
      loaded.seen = globalThis.seen;
      const text = JSON.stringify(loaded);
      if (isMainThread) console.log(text);
      else parentPort.postMessage(text);`,
    );
  }

  /** Writes a module, and returns its URL. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return pathToFileURL(path).href;
  }

  inThread(place: Place, ...args: unknown[]): Promise<Loaded> {
    return new Promise((resolve, reject) => {
      const options = { workerData: { ...place, args }, execArgv: [] };
      new Worker(join(this.folder, 'load.mjs'), options)
        .on('message', (text) => resolve(JSON.parse(text)))
        .on('error', reject);
    });
  }

  inProcess(place: Place, ...args: unknown[]): Promise<Loaded> {
    return this.inFolder(root, place, ...args);
  }

  /** In a process of another working directory. */
  async inFolder(cwd: string, place: Place, ...args: unknown[]): Promise<Loaded> {
    const text = JSON.stringify({ ...place, args });
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [join(this.folder, 'load.mjs'), text], { cwd, env });
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    return JSON.parse(output);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
