/** What VitePress makes of the pages that `build.ts` has collected. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type DefaultTheme, defineConfig, type MarkdownEnv, type MarkdownRenderer, type PageData } from 'vitepress';
import { build, output, pages, site } from '../stage/folders.ts';
import { manifest, repositoryAddress } from '../stage/repository.ts';
import { anchorOf } from './anchors.ts';

const sidebar = JSON.parse(readFileSync(join(build, 'sidebar.json'), 'utf8')) as DefaultTheme.SidebarMulti;
const address = repositoryAddress();
const description =
  'Greenlets for TypeScript: concurrent I/O written as straight-line code, with time limits and cancellation.';

/** The part of a page that readers can search: all but its blocks of code. */
function searchable(text: string, env: MarkdownEnv, markdown: MarkdownRenderer): string {
  const html = markdown.render(text.replaceAll(/^(?<fence>`{3,})[\s\S]*?^\k<fence>$/gm, ''), env);
  return env.frontmatter?.search === false ? '' : html;
}

export default defineConfig({
  title: 'greenhub',
  description,
  lang: 'en',
  srcDir: relative(site, pages),
  outDir: output,
  cacheDir: join(build, 'cache'),
  // The largest chunk is the index of the search, which loads when a reader searches.
  vite: { build: { chunkSizeWarningLimit: 3_000 } },
  head: [
    ['link', { rel: 'icon', href: '/logo.svg', type: 'image/svg+xml' }],
    ['meta', { name: 'theme-color', content: '#15803d' }],
  ],
  markdown: {
    anchor: { slugify: anchorOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    logo: { src: '/logo.svg', alt: '' },
    search: {
      provider: 'local',
      // Without programs, the build takes less time, and the index is smaller.
      options: { _render: searchable },
    },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Guide', link: '/introduction', activeMatch: '^/(?!index|reference|tutorial|recipes|changelog)' },
      { text: 'Tutorial', link: '/tutorial/index', activeMatch: '^/tutorial/' },
      { text: 'Recipes', link: '/recipes/index', activeMatch: '^/recipes/' },
      { text: 'API', link: '/reference/index', activeMatch: '^/reference/' },
      { text: `v${manifest.version}`, link: '/changelog' },
    ],
    sidebar,
    footer: { message: 'Released under the MIT License.', copyright: `greenhub ${manifest.version}` },
    ...(address === undefined
      ? {}
      : {
          socialLinks: [{ icon: 'github', link: address }],
          editLink: { text: 'Edit this page', pattern: ({ frontmatter }: PageData) => String(frontmatter.edit) },
        }),
  },
});
