// Builds the documentation site from docs/ and the docstrings: `npm run site`. The site has dependencies of its own, which are installed
// below site/ when its lock file has changed. `npm run site -- preview` builds it and serves it on this machine.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build-if-stale.js';
import { root, typescriptFlags } from './typescript-node.js';

const site = join(root, 'site');

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const asked = process.argv[2];
  if (asked !== undefined && asked !== 'preview') {
    console.error(`Unknown argument ${asked}. npm run site -- preview serves the site after the build.`);
    process.exit(2);
  }
  buildSite();
  if (asked === 'preview') run([join(site, 'node_modules/vitepress/bin/vitepress.js'), 'preview', site]);
}

/** @throws Error when the build fails, for instance because of a dead link */
export function buildSite() {
  buildIfStale();
  installSite();
  run([...typescriptFlags(), join(site, 'build.ts')]);
}

/** Installs the dependencies of the site, unless they are those of the lock file. */
export function installSite() {
  const lock = readFileSync(join(site, 'package-lock.json'), 'utf8');
  const installed = join(site, 'node_modules/.installed.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  start(npm, ['ci', '--no-audit', '--no-fund'], site);
  writeFileSync(installed, lock);
}

/** @param {string[]} args of Node */
function run(args) {
  start(process.execPath, args, root);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function start(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} has failed`);
}
