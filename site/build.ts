/** Builds the site: collects the pages, then lets VitePress make HTML of them, then checks its links. `npm run site` starts it. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as buildSite } from 'vitepress';
import { deadLinks } from './check-links.ts';
import { assets, build, output, pages, site } from './stage/folders.ts';
import { navigation } from './stage/navigation.ts';
import { RunnablePrograms } from './stage/programs.ts';
import { writeReference } from './stage/reference.ts';
import { guides, writeRepositoryPages } from './stage/repository-pages.ts';
import { writePage } from './stage/write.ts';

rmSync(pages, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
const programs = await RunnablePrograms.compile([...guides, 'README.md']);
console.log(`${programs.size} programs run in a browser`);
writeRepositoryPages(programs);
writePage('index.md', landing());
copyFileSync(join(site, 'logo.svg'), join(assets, 'logo.svg'));
writeFileSync(join(build, 'sidebar.json'), JSON.stringify(navigation(guides, await writeReference())));
await buildSite(site);
const dead = deadLinks(output);
for (const link of dead) console.error(link);
console.log(`${dead.length} dead links`);
process.exitCode = dead.length > 0 ? 1 : 0;

/** The landing page shows the first program of the README. */
function landing(): string {
  return readFileSync(join(site, 'landing.md'), 'utf8').replace('<!-- program -->', () =>
    programs.firstOf('README.md'),
  );
}
