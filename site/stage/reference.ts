/** The API reference, which TypeDoc writes from the docstrings of every entry point. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  Application,
  type Configuration,
  type Context,
  Converter,
  type ProjectReflection,
  ReflectionKind,
} from 'typedoc';
import { build, pages, root, site } from './folders.ts';
import type { Item } from './navigation.ts';
import { manifest } from './repository.ts';

/** The folder of the reference among the pages. */
const FOLDER = 'reference';

/** The plugin's list of the pages: entry points, in them kinds of exports, in these the exports. */
interface Listed {
  readonly title: string;
  readonly path?: string;
  readonly children?: readonly Listed[];
}

/** Writes the pages. Returns them as a tree for the navigation. */
export async function writeReference(): Promise<Item[]> {
  const entries = entryPoints();
  const list = join(build, 'reference.json');
  const app = await Application.bootstrapWithPlugins(optionsFor(entries, list));
  // Before the lists of members are made.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, hideInspect);
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the sources');
  nameModules(project, entries);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('TypeDoc has reported errors');
  return (JSON.parse(readFileSync(list, 'utf8')) as Listed[])
    .toSorted((one, other) => (one.title < other.title ? -1 : 1))
    .map(itemOf);
}

function optionsFor(entries: readonly EntryPoint[], navigationJson: string): Configuration.TypeDocOptions {
  const ofPlugin = {
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    pageTitleTemplates: { index: 'API reference', module: '{name}', member: '{name}' },
    // Options and types are on the page of their entry point.
    membersWithOwnFile: ['Class', 'Function'],
    // Text such as `<name>` is no HTML.
    sanitizeComments: true,
    navigationModel: { excludeFolders: true, excludeGroups: true },
    navigationJson,
  };
  return {
    ...ofPlugin,
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(({ source }) => source),
    tsconfig: join(site, 'tsconfig.reference.json'),
    out: join(pages, FOLDER),
    name: 'API reference',
    // The project's own compiler has checked the sources.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    disableSources: true,
    readme: 'none',
    logLevel: 'Error',
  };
}

interface EntryPoint {
  readonly name: string;
  /** The path of its source. */
  readonly source: string;
}

/**
 * What package.json exports, by the sources from which it is built. In a browser, an entry point may export other names. That comes
 * last, because TypeDoc describes a name where it first finds it.
 */
function entryPoints(): EntryPoint[] {
  const exported = Object.entries(manifest.exports).flatMap(([key, conditions]) => {
    if (typeof conditions === 'string') return [];
    const name = key.replace('.', 'greenhub');
    const { types, browser } = conditions as { types: string; browser?: string | { types: string } };
    return [{ name, types, browser }];
  });
  return [
    ...exported.map(({ name, types }) => ({ name, source: sourceOf(types) })),
    ...exported.flatMap(({ name, browser }) =>
      typeof browser === 'object' ? [{ name: `${name} in a browser`, source: sourceOf(browser.types) }] : [],
    ),
  ];
}

function sourceOf(declarations: string): string {
  return join(root, declarations.replace(/^\.\/dist\//, 'lib/').replace(/\.d\.ts$/, '.ts'));
}

/** TypeDoc names a module after its file. Its users know it by the name that they import. */
function nameModules(project: ProjectReflection, entries: readonly EntryPoint[]): void {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const entry = entries.find(({ source }) => moduleNameOf(source) === module.name);
    if (entry === undefined) throw new Error(`TypeDoc has an unknown module ${module.name}`);
    module.name = entry.name;
  }
}

/** What TypeDoc calls a source. */
function moduleNameOf(source: string): string {
  return relative(join(root, 'lib'), source).replace(/(?:\/index)?\.ts$/, '');
}

/** `console.log()` calls this method, nobody else. */
function hideInspect({ project }: Context): void {
  for (const method of project.getReflectionsByKind(ReflectionKind.Method)) {
    if (method.name === '[INSPECT]') project.removeReflection(method);
  }
}

function itemOf({ title, path, children }: Listed): Item {
  const link = path === undefined ? {} : { link: `/${FOLDER}/${path}` };
  const items = children === undefined ? {} : { collapsed: true, items: children.map(itemOf) };
  return { text: title, ...link, ...items };
}
