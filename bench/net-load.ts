import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { forkHelper } from './helper.ts';

/** Loads a server on a port of loopback, from outside its process, and gives how many requests a second it served. */
export interface LoadTool {
  name: string;
  /** Connections, with one request under way on each. */
  connections: number;
  run(port: number, milliseconds: number): Promise<number>;
}

const CONNECTIONS = 64;

/** wrk, which is a program of its own, or what is to be said of its absence. */
export function findWrk(): LoadTool | string {
  if (spawnSync('wrk', ['--version']).error) return 'there is no `wrk` here (a Debian package of that name)';
  return { name: 'wrk', connections: CONNECTIONS, run: runWrk };
}

async function runWrk(port: number, milliseconds: number): Promise<number> {
  const seconds = Math.max(1, Math.round(milliseconds / 1_000));
  const args = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)('wrk', args);
  const rate = /^Requests\/sec: +([\d.]+)$/m.exec(stdout)?.[1];
  const broken = /^ +(?:Socket errors|Non-2xx).*$/m.exec(stdout)?.[0];
  if (rate === undefined || broken !== undefined) throw new Error(`wrk says: ${(broken ?? stdout).trim()}`);
  return Number(rate);
}

/** A client of our own for what is not HTTP, in plain events of Node, in another process. */
export const echoClient: LoadTool = {
  name: 'net-echo-client.ts',
  connections: CONNECTIONS,
  async run(port, milliseconds) {
    const client = forkHelper('net-echo-client.ts', [String(port), String(CONNECTIONS), String(milliseconds)]);
    try {
      return await answerOf(client);
    } finally {
      client.kill('SIGKILL');
    }
  },
};

/** What a child says next. */
export async function answerOf(child: ChildProcess): Promise<number> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const message = once(child, 'message', { signal }).then(([answer]) => answer as number);
    const ended = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${child.spawnargs.slice(-2).join(' ')}: its process ended with exit code ${code}`);
    });
    return await Promise.race([message, ended]);
  } finally {
    over.abort();
  }
}
