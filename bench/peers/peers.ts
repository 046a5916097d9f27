/** The peers of greenhub, and how their processes are started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beside, compiled, here } from './paths.ts';
import { scalingName } from './scaling.ts';

/** A command line; its last argument is the operation. */
export interface Peer {
  name: string;
  version: string;
  command(operation: string): { command: string; args: string[]; env?: NodeJS.ProcessEnv };
}

/** Debian's Python: another one may lack the modules. */
const PYTHON = '/usr/bin/python3';

/** The libraries whose package has the same name. */
export const PACKAGES = [
  'effect',
  'effection',
  'redux-saga',
  'p-queue',
  'p-limit',
  'p-map',
  'fastq',
  'async',
  'async-sema',
];

/** The packages of peers with a different name. */
const OTHER_PEERS = [
  ['effect, sync tasks', 'effect'],
  ['crawlee', '@crawlee/http'],
] as const;

/** The peers that this machine can measure, and a line for each missing peer. */
export function availablePeers(): { peers: Map<string, Peer>; missing: string[] } {
  const missing: string[] = [];
  const found = [...javascriptPeers(missing), ...pythonPeers(missing), ...goPeers(missing)];
  return { peers: new Map(found.map((peer) => [peer.name, peer])), missing };
}

function javascriptPeers(missing: string[]): Peer[] {
  const packages = [...PACKAGES.map((name) => [name, name] as const), ...OTHER_PEERS].flatMap(([peer, name]) => {
    const version = installed(name);
    if (version !== null) return [node(peer, version)];
    missing.push(`${peer}: not measured, because ${name} is not installed (\`npm run bench:peers\` installs it)`);
    return [];
  });
  const own = ['greenhub', 'greenhub yield*', scalingName('greenhub')].map((name) =>
    node(name, installed('greenhub') ?? 'not installed'),
  );
  const language = ['bare generators', 'async/await'].flatMap((name) => [
    node(name, process.version),
    node(scalingName(name), process.version),
  ]);
  return [...own, ...language, ...packages];
}

/** This build of greenhub, and the one of `--beside`. */
export function builds(): Map<string, Peer> {
  const own = node('greenhub', 'this build');
  const other = { ...node('greenhub', 'the other build', join(beside, 'programs')), name: OTHER_BUILD };
  return new Map([own, other].map((peer) => [peer.name, peer]));
}

export const OTHER_BUILD = 'other build';

function node(name: string, version: string, programs = compiled): Peer {
  return {
    name,
    version,
    command: (operation) => ({
      command: process.execPath,
      args: [...nodeFlags(operation), join(programs, 'worker.mjs'), name, operation],
    }),
  };
}

function nodeFlags(operation: string): string[] {
  return operation === 'sleeperBytes' ? ['--expose-gc'] : [];
}

/** The version of an installed package, or null. */
function installed(name: string): string | null {
  const path = join(here, 'node_modules', name, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : null;
}

function pythonPeers(missing: string[]): Peer[] {
  return ['greenlet', 'gevent'].flatMap((module) => {
    const version = output(PYTHON, ['-c', `import ${module}; print(${module}.__version__)`]);
    if (version === null) {
      missing.push(`${module}: not measured, because ${PYTHON} has no module ${module} (Debian: python3-${module})`);
      return [];
    }
    return [
      {
        name: module,
        version,
        command: (operation: string) => {
          const file = operation.startsWith('crawl') ? `${module}_crawl.py` : `${module}_programs.py`;
          return { command: PYTHON, args: ['-B', join(here, 'programs/python', file), operation] };
        },
      },
    ];
  });
}

function goPeers(missing: string[]): Peer[] {
  const program = join(compiled, 'go-peer');
  const version = output('go', ['env', 'GOVERSION']);
  const built = version !== null && output('go', ['build', '-o', program, '.'], join(here, 'programs/go')) !== null;
  if (!built) {
    missing.push('Go: not measured, because there is no working `go` (Debian: golang-go)');
    return [];
  }
  return [
    {
      name: 'Go',
      version: version.replace(/^go/, ''),
      command: (operation) => ({ command: program, args: [operation], env: goEnvironment(operation) }),
    },
  ];
}

/** One thread, like all other peers; only the crawl uses all of Go's threads. */
function goEnvironment(operation: string): NodeJS.ProcessEnv {
  return operation.startsWith('crawl') ? {} : { GOMAXPROCS: '1' };
}

/** The output of a program, or null if it fails or does not exist. */
function output(command: string, args: string[], cwd?: string): string | null {
  const { status, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : null;
}
