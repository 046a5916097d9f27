/**
 * The pages that come from files of the repository: those of docs/, README.md and CHANGELOG.md, and what they link to. A linked source
 * becomes a page that shows it, so a link leads somewhere even while the project has no public repository.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages, root } from './folders.ts';
import { withSiteLinks } from './links.ts';
import { withThemedPictures } from './pictures.ts';
import { isFolder, isPicture, placeOf } from './places.ts';
import type { RunnablePrograms } from './programs.ts';
import { repositoryAddress } from './repository.ts';
import { writePage } from './write.ts';

/** The pages of docs/, as paths in the repository. */
export const guides = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .sort();

const ROOTS = [...guides, 'README.md', 'CHANGELOG.md'];

/** Writes all pages. */
export function writeRepositoryPages(programs: RunnablePrograms): void {
  // A set visits what is added to it on the way.
  const files = new Set(ROOTS);
  for (const file of files) {
    if (isFolder(file)) writeFolder(file, files);
    else if (isPicture(file)) copyPicture(file);
    else if (file.endsWith('.md')) writeMarkdown(file, files, programs);
    else writeSource(file);
  }
}

function writeMarkdown(file: string, files: Set<string>, programs: RunnablePrograms): void {
  const text = programs.withButtons(readFileSync(join(root, file), 'utf8'), file);
  const linked = withSiteLinks(withThemedPictures(text), file, (found) => files.add(found));
  const address = repositoryAddress();
  writePage(placeOf(file), linked, address === undefined ? {} : { edit: `${address}/edit/main/${file}` });
}

function writeSource(file: string): void {
  const text = readFileSync(join(root, file), 'utf8');
  const language = /\.(?<ending>[jt]sx?|ya?ml|json)$/.exec(file)?.groups?.ending ?? 'text';
  const fence = '`'.repeat(4);
  writePage(placeOf(file), `# ${file}\n\n${fence}${language}\n${text.trimEnd()}\n${fence}\n`, APPENDIX);
}

function writeFolder(folder: string, files: Set<string>): void {
  const inside = readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const list = inside.map((name) => `* [${name}](${folder.split('/').at(-1)}/${name})`).join('\n');
  const text = withSiteLinks(list, folder, (found) => files.add(found));
  writePage(placeOf(folder), `# ${folder}\n\n${text}\n`, APPENDIX);
}

/** A page that only shows a file: it is not searched, because its text is often on another page too. */
const APPENDIX = { search: false, sidebar: false, editLink: false };

function copyPicture(file: string): void {
  const target = join(pages, placeOf(file));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, file), target);
}
