/** Runs the examples, each in its own process, and servers for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { exampleFiles } from '../../scripts/examples.js';
import { root } from '../../scripts/typescript-node.js';
import { type Ended, endOf, LIMIT } from '../support/ending.ts';

export interface Program {
  /** Settles when it has printed this text. */
  printed(text: string): Promise<void>;
  /** Its output so far. */
  output(): string;
  interrupt(): void;
  signal(signal: NodeJS.Signals): void;
  /** Advances its time by LONG at once, if it was started with `startLeaping()`. */
  leap(): void;
  ended: Promise<Ended>;
}

/** A timeout in milliseconds that passes only by a leap. */
export const LONG = 600_000;

/**
 * The examples in JavaScript, because compiling takes longer than running. In the package, so that they find greenhub.
 */
const built = mkdtempSync(join(root, 'test/.examples-'));
process.on('exit', () => rmSync(built, { recursive: true }));
const files = exampleFiles();
buildSync({
  absWorkingDir: root,
  entryPoints: [...files.values(), 'distributed-crawl/worker.ts'].map((file) => join('examples', file)),
  outbase: 'examples',
  outdir: built,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  packages: 'external',
  sourcemap: 'inline',
  outExtension: { '.js': '.mjs' },
  // The sites that the examples serve are files beside the sources.
  define: { 'import.meta.dirname': JSON.stringify(join(root, 'examples/sites')) },
});

/** Starts an example. */
export function start(name: string, ...args: string[]): Program {
  return programOf(launch(...example(name), ...args));
}

/** Starts an example with variables in its environment. It may take five minutes, because it starts more processes. */
export function startWith(env: NodeJS.ProcessEnv, name: string, ...args: string[]): Program {
  return programOf(launchWith(env, ...example(name), ...args), 300_000);
}

/** Starts an example whose time can leap. */
export function startLeaping(name: string, ...args: string[]): Program {
  return programOf(launch('--import', join(root, 'test/support/leaping-time.js'), ...example(name), ...args));
}

/** Starts an example on Monday, 2 November 2026, at 06:30 in Berlin. */
export function startOnMonday(name: string): Program {
  return programOf(launch('--import', join(root, 'test/support/monday.js'), ...example(name)));
}

/** Runs an example to its end as `npm run example` does. */
export function runAsUser(name: string, ...args: string[]): Promise<Ended> {
  return programOf(launch(join(root, 'scripts/example.js'), name, ...args)).ended;
}

/**
 * The output of an example for `--help`. It reads the text from its source, whose name it takes from `process.argv`.
 */
export function help(name: string): Promise<Ended> {
  const args = [join(root, 'examples', sourceOf(name)), '--help'];
  const url = pathToFileURL(builtFile(name)).href;
  const program = `process.argv.push(...${JSON.stringify(args)}); await import(${JSON.stringify(url)});`;
  return programOf(launch('--input-type=module', '--eval', program)).ended;
}

function builtFile(name: string): string {
  return join(built, sourceOf(name).replace(/\.ts$/, '.mjs'));
}

function sourceOf(name: string): string {
  const file = files.get(name);
  if (file === undefined) throw new Error(`there is no example "${name}"`);
  return file;
}

function example(name: string): string[] {
  return ['--enable-source-maps', builtFile(name)];
}

function launch(...args: string[]): ChildProcess {
  return launchWith({}, ...args);
}

function launchWith(env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A running program. After `longest` milliseconds it is killed, because it hangs. */
export function programOf(child: ChildProcess, longest = LIMIT): Program {
  let output = '';
  const watchers = new Set<() => void>();
  const ended = endOf(
    child,
    (stdout) => {
      output = stdout;
      for (const watcher of watchers) watcher();
    },
    longest,
  );
  return {
    printed(text) {
      const printed = new Promise<void>((settle) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          watchers.delete(look);
          settle();
        };
        watchers.add(look);
        look();
      });
      const never = ended.then(({ stdout, stderr }) => {
        if (!stdout.includes(text))
          throw new Error(`it has ended without printing "${text}", but:\n${stdout}\n${stderr}`);
      });
      return Promise.race([printed, never]);
    },
    output: () => output,
    interrupt() {
      child.kill('SIGINT');
    },
    signal(signal) {
      child.kill(signal);
    },
    leap() {
      child.kill('SIGUSR2');
    },
    ended,
  };
}

/** The port that a program prints in its first line. */
export async function listeningPort(program: Program, says = /, port (\d+)\n/): Promise<number> {
  await program.printed('\n');
  const port = says.exec(program.output())?.[1];
  if (port === undefined) throw new Error(`it does not say that it listens, but: ${program.output()}`);
  return Number(port);
}

/** Makes a server listen on a free port of loopback, and returns the port. */
export async function loopback(server: NetServer): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Runs an example to its end. */
export function run(name: string, ...args: string[]): Promise<Ended> {
  return start(name, ...args).ended;
}

/** The lines of a text, without the empty line at its end. */
export function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

export interface Server extends AsyncDisposable {
  /** Its address, without a trailing slash. */
  origin: string;
}

/** Serves on a free port of loopback until it is disposed. */
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

/** An address where no process listens: the port was free a moment ago. */
export async function refusing(): Promise<string> {
  await using server = await serve(() => {});
  return server.origin;
}

/** Answers requests when this many are in progress, and returns the largest number in progress. */
export function gathering(size: number): { join(answer: () => void): void; most(): number } {
  let waiting: (() => void)[] = [];
  let underWay = 0;
  let most = 0;
  return {
    join(answer) {
      underWay += 1;
      most = Math.max(most, underWay);
      waiting.push(answer);
      if (waiting.length < size) return;
      const all = waiting;
      waiting = [];
      // One request more than allowed would arrive by then.
      setTimeout(() => {
        underWay -= all.length;
        for (const each of all) each();
      }, 50);
    },
    most: () => most,
  };
}
