/** The folders of the build. All that it makes is below `site/.build`. */
import { join } from 'node:path';
import { root } from '../../scripts/typescript-node.js';

export { root };

export const site = join(root, 'site');
export const build = join(site, '.build');
/** What VitePress reads. */
export const pages = join(build, 'pages');
/** What VitePress copies as it is. */
export const assets = join(pages, 'public');
/** What VitePress writes: the site. */
export const output = join(build, 'output');
