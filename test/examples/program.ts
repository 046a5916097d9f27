/** Runs the examples, each in a process of its own, and servers for them to talk to. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buildSync } from 'esbuild';
import { root } from '../../scripts/typescript-node.js';

/** What an example printed, and its exit code (null if a signal ended it). */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Program {
  /** Settles when it has printed this. */
  printed(text: string): Promise<void>;
  /** What it has printed so far. */
  output(): string;
  interrupt(): void;
  ended: Promise<Ended>;
}

/** Long enough for a busy machine, and short enough to be noticed. */
const LIMIT = 30_000;

/** The examples in JavaScript, as to compile one takes longer than to run it. In the package, so that they find greenhub. */
const built = mkdtempSync(join(root, 'test/.examples-'));
process.on('exit', () => rmSync(built, { recursive: true }));
buildSync({
  absWorkingDir: root,
  entryPoints: ['examples/*.ts'],
  outdir: built,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  packages: 'external',
  sourcemap: 'inline',
  outExtension: { '.js': '.mjs' },
  // The sites that examples serve themselves are files beside the sources.
  define: { 'import.meta.dirname': JSON.stringify(join(root, 'examples/sites')) },
});

/** Starts an example. */
export function start(name: string, ...args: string[]): Program {
  return programOf(launch('--enable-source-maps', join(built, `${name}.mjs`), ...args));
}

/** Runs an example to its end as `npm run example` does. */
export function runAsUser(name: string, ...args: string[]): Promise<Ended> {
  return programOf(launch(join(root, 'scripts/example.js'), name, ...args)).ended;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function launch(...args: string[]): Child {
  return spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT });
}

function programOf(child: Child): Program {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text;
    });
  }
  return {
    async printed(text) {
      while (!output.stdout.includes(text)) await once(child.stdout, 'data', { signal: AbortSignal.timeout(LIMIT) });
    },
    output: () => output.stdout,
    interrupt() {
      child.kill('SIGINT');
    },
    ended: once(child, 'close').then(([code]) => ({ code, ...output })),
  };
}

/** The port that a program says it listens on, in its first line. */
export async function listeningPort(program: Program, says = /, port (\d+)\n/): Promise<number> {
  await program.printed('\n');
  const port = says.exec(program.output())?.[1];
  if (port === undefined) throw new Error(`it does not say that it listens, but: ${program.output()}`);
  return Number(port);
}

/** Has a server listen on a free port of loopback, and gives the port. */
export async function loopback(server: NetServer): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Runs an example to its end. */
export function run(name: string, ...args: string[]): Promise<Ended> {
  return start(name, ...args).ended;
}

/** The lines of a text, without the empty one at its end. */
export function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

export interface Server extends AsyncDisposable {
  /** Where it is, without a slash at the end. */
  origin: string;
}

/** Serves on a free port of loopback until it is disposed of. */
export async function serve(answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An address where nobody listens: the port was free a moment ago. */
export async function refusing(): Promise<string> {
  await using server = await serve(() => {});
  return server.origin;
}
