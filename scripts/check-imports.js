// Enforces the direction of imports between the rooms of lib/ (greenlet <- hub <- sync <- pool <- the
// rest) and between the floors of hub/, and which outside modules each room may import. No file imports an index, because it
// would import everything above itself as well. It is a script and not a lint rule, because it checks the file to which an
// import resolves, not the spelling of the path. Type imports count as imports.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { root } from './typescript-node.js';

/** @typedef {{ rooms: string[], node: boolean, packages: string[] }} Allowance */

const below = ['greenlet', 'hub', 'sync', 'pool'];

/** Keyed by the folder in lib/, or the file there. @type {Record<string, Allowance>} */
const allowances = {
  greenlet: { rooms: [], node: false, packages: [] },
  hub: { rooms: ['greenlet'], node: false, packages: [] },
  sync: { rooms: ['greenlet', 'hub'], node: false, packages: [] },
  pool: { rooms: ['greenlet', 'hub', 'sync'], node: false, packages: [] },
  // What a browser has: events, frames, WebSockets, ports.
  web: { rooms: below, node: false, packages: [] },
  net: { rooms: below, node: true, packages: ['undici'] },
  // The patches give Node's own sockets the methods of the sockets of net.
  monkey: { rooms: [...below, 'net', 'web'], node: true, packages: ['undici'] },
  // The errors of `net`, `testing` and `web` travel between processes.
  process: { rooms: [...below, 'net', 'testing', 'web'], node: true, packages: [] },
  inspect: { rooms: below, node: true, packages: [] },
  tasks: { rooms: [...below, 'process', 'inspect'], node: true, packages: ['bullmq', 'cron-parser', 'ioredis'] },
  // The part of the command that runs in a process of its own. It checks the names of patches, and asks what inspect answers.
  command: { rooms: [...below, 'monkey', 'inspect', 'tasks'], node: true, packages: ['undici'] },
  // The page of the web console, which runs in a browser. It knows only the types of what the server sends.
  console: { rooms: ['inspect'], node: false, packages: ['preact', 'uplot'] },
  eslint: { rooms: [], node: false, packages: ['eslint'] },
  testing: { rooms: below, node: false, packages: [] },
  workerd: { rooms: [...below, 'index.ts'], node: false, packages: [] },
  'browser.ts': { rooms: below, node: false, packages: [] },
  'index.ts': { rooms: below, node: false, packages: [] },
};

/** The folders of lib/hub, lowest first. Each may import those before it. */
const floors = ['checks', 'loop', 'reports', 'parking', 'cancellation', 'tasks', 'index.ts'];

/** May import an index: it is one itself, or only loads the entry point. */
const importsIndexes = ['browser.ts', 'index.ts', 'monkey/register.ts', 'workerd/index.ts'];

const lib = join(root, 'lib');
const files = sourceFiles();
const violations = files.flatMap(violationsIn);
for (const violation of violations) console.error(violation);
console.log(`check-imports: ${files.length} files, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;

function sourceFiles() {
  if (!existsSync(lib)) return [];
  return readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    .map((path) => join(lib, path))
    .sort();
}

/** @param {string} file */
function violationsIn(file) {
  const room = roomOf(file);
  const allowance = allowances[room];
  const shown = relative(root, file);
  if (!allowance) {
    const known = Object.keys(allowances).join(', ');
    return [`${shown}:1 "${room}" is no room of lib/; they are: ${known}`];
  }
  const source = readFileSync(file, 'utf8');
  return importsOf(source)
    .filter(({ specifier }) => !isAllowed(specifier, file, room, allowance))
    .map(({ specifier, line }) => {
      return `${shown}:${line} ${room} must not import '${specifier}'; ${describe(room, allowance)}`;
    });
}

/**
 * @param {string} specifier
 * @param {string} file
 * @param {string} room
 * @param {Allowance} allowance
 */
function isAllowed(specifier, file, room, allowance) {
  if (isBuiltin(specifier)) return allowance.node;
  if (!specifier.startsWith('.')) return allowance.packages.includes(packageOf(specifier));
  const target = resolve(dirname(file), specifier);
  if (!target.startsWith(lib + sep)) return false;
  const targetRoom = roomOf(target);
  if (targetRoom !== room && !allowance.rooms.includes(targetRoom)) return false;
  if (basename(target) === 'index.ts' && !importsIndexes.includes(relative(lib, file))) return false;
  return targetRoom !== 'hub' || room !== 'hub' || floorOf(target) <= floorOf(file);
}

/** The floor of a file in hub/. @param {string} file */
function floorOf(file) {
  const [, folder = ''] = relative(lib, file).split(sep);
  const floor = floors.indexOf(folder);
  if (floor < 0) throw new Error(`lib/hub has no floor "${folder}": name it in scripts/check-imports.js`);
  return floor;
}

/** The first part of the path below lib/. @param {string} file */
function roomOf(file) {
  return relative(lib, file).split(sep)[0] ?? '';
}

/** @param {string} specifier */
function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

/**
 * @param {string} room
 * @param {Allowance} allowance
 */
function describe(room, allowance) {
  const own = room === 'index.ts' ? [] : room === 'hub' ? [`itself upwards (${floors.join(' < ')})`] : ['itself'];
  const node = allowance.node ? ["Node's modules"] : [];
  return `allowed: ${[...own, ...allowance.rooms, ...node, ...allowance.packages].join(', ')}`;
}

/**
 * Every module that a source imports: static, dynamic, type-only and by `require`.
 *
 * @param {string} source
 */
function importsOf(source) {
  const code = withoutComments(source);
  const patterns = [
    /(?:^|;)[ \t]*(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    /(?:^|;)[ \t]*import\s*(['"])(?<specifier>[^'"\n]+)\1/gm,
    /\b(?:import|require)\s*\(\s*(['"`])(?<specifier>[^'"`\n]+)\1/g,
  ];
  return patterns
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => {
      const specifier = match.groups?.specifier ?? '';
      const at = match.index + match[0].lastIndexOf(specifier);
      return { specifier, line: code.slice(0, at).split('\n').length };
    })
    .sort((a, b) => a.line - b.line);
}

/** Blanks comments, because their examples import modules too. Line numbers do not change. @param {string} source */
function withoutComments(source) {
  const string = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/;
  const regexp = /(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//;
  const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/;
  const token = new RegExp(`${comment.source}|${string.source}|${regexp.source}`, 'g');
  return source.replace(token, (text) => {
    const isComment = text.startsWith('/*') || text.startsWith('//');
    return isComment ? text.replace(/[^\n]/g, ' ') : text;
  });
}
