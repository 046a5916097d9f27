// Decides what goes into one chunk. esbuild makes a chunk for each set of entries that share a module, so that `greenhub`
// came in eight files, and each file costs a program about a millisecond when it starts. Here the rooms that are loaded
// together anyway make one chunk: every entry imports all of them, and what no entry uses is dropped as before.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './typescript-node.js';

/** The entry of `greenhub/process`, and what its children load. */
const process = [
  'process/index',
  'process/bootstrap',
  'process/shared/kinds',
  'process/shared/given',
  'process/manager/kinds',
  'process/manager/run-manager',
  'process/pool/run-pool-worker',
  'process/process/run-process',
];

/** The entries of `greenhub/tasks`, which uses `process/`. */
const tasks = ['tasks/index', 'tasks/run-worker'];

/** The entries that run greenlets on the hub. */
const core = [
  'index',
  'browser',
  'command/main',
  'inspect/index',
  'inspect/attach',
  'inspect/console/server',
  'inspect/prepare',
  'inspect/register',
  'testing/index',
  'monkey/all-patches',
  'monkey/browser/index',
  'monkey/index',
  'monkey/register',
  'net/index',
  'workerd/index',
  'web/index',
  ...tasks,
  ...process,
];

/**
 * The rooms that make one chunk, and the entries that load it.
 *
 * @type {Record<string, { rooms: string[], files?: string[], without?: string[], entries: string[] }>}
 */
const chunks = {
  greenlet: {
    rooms: ['greenlet'],
    entries: ['greenlet/index', ...core],
  },
  core: {
    rooms: ['hub', 'sync', 'pool'],
    // Errors that travel between processes, so that `process` does not load two more files for them.
    files: ['testing/errors', 'web/errors'],
    entries: core,
  },
  process: {
    rooms: ['process'],
    // What begins to work when it is loaded, and what loads `net`.
    without: ['process/bootstrap', 'process/child/watchdog', 'process/shared/given'],
    entries: [...process.filter((entry) => entry !== 'process/shared/given'), ...tasks],
  },
  net: {
    rooms: ['net'],
    entries: ['net/index', 'process/shared/given'],
  },
};

/** @type {import('esbuild').Plugin} */
export const wholeRooms = {
  name: 'whole rooms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^rooms:/ }, ({ path }) => ({
      path: path.slice('rooms:'.length),
      namespace: 'rooms',
      sideEffects: true,
    }));
    onLoad({ filter: /.*/, namespace: 'rooms' }, ({ path }) => ({
      contents: importsOf(/** @type {typeof chunks[string]} */ (chunks[path])),
      resolveDir: root,
    }));
    onLoad({ filter: fileNames() }, ({ path }) => {
      const loaded = Object.entries(chunks).filter(([, { entries }]) =>
        entries.some((entry) => path === fileOf(entry)),
      );
      if (loaded.length === 0) return undefined;
      const imports = loaded.map(([name]) => `import 'rooms:${name}';\n`);
      return { contents: readFileSync(path, 'utf8') + imports.join(''), loader: 'ts' };
    });
  },
};

/** Matches the names of the entries' files, and few others. */
function fileNames() {
  const names = Object.values(chunks).flatMap(({ entries }) => entries.map((entry) => entry.replace(/.*\//, '')));
  return new RegExp(`[/\\\\](?:${[...new Set(names)].join('|')})\\.ts$`);
}

/** @param {string} entry */
function fileOf(entry) {
  return join(root, 'lib', ...`${entry}.ts`.split('/'));
}

/**
 * Names what it imports, since imports for side effects alone would not count.
 *
 * @param {typeof chunks[string]} chunk
 */
function importsOf({ rooms, files = [], without = [] }) {
  const left = without.map(fileOf);
  return rooms
    .flatMap((room) =>
      readdirSync(join(root, 'lib', room), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(root, 'lib', room, file),
      ),
    )
    .concat(files.map(fileOf))
    .filter((file) => file.endsWith('.ts') && !left.includes(file))
    .sort()
    .map((file, i) => `import * as room${i} from ${JSON.stringify(file)};\n`)
    .join('');
}
