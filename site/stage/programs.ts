/** The programs of the pages that run in a browser, and their buttons. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BrowserProgram, compileForBrowser } from '../../scripts/browser-programs.js';
import { programsOn } from '../../scripts/programs.js';
import { snippetsIn } from '../../scripts/snippets.js';
import { assets, root, site } from './folders.ts';

interface PageProgram extends BrowserProgram {
  /** Its page, as a path in the repository. */
  readonly page: string;
  /** Its block there. */
  readonly block: string;
}

export class RunnablePrograms {
  private readonly programs: readonly PageProgram[];

  private constructor(programs: readonly PageProgram[]) {
    this.programs = programs;
  }

  /** How many programs have a button. */
  get size(): number {
    return this.programs.length;
  }

  /** Compiles what the pages show. */
  static async compile(files: readonly string[]): Promise<RunnablePrograms> {
    const all = files.flatMap((page) => [...snippetsOf(page), ...examplesOf(page)]);
    const others = { host: join(site, 'run/host.ts'), hub: join(site, 'run/hub.ts') };
    const runnable = await compileForBrowser(all, others, join(assets, 'programs'));
    return new RunnablePrograms(all.filter(({ id }) => runnable.has(id)));
  }

  /** Puts a button below each program of a page. */
  withButtons(text: string, page: string): string {
    return this.programs
      .filter((program) => program.page === page)
      .reduce((rest, { block, id }) => rest.replace(block, () => `${block}\n<RunProgram id="${id}" />\n`), text);
  }

  /** The first program of a page, with its button. */
  firstOf(page: string): string {
    const first = this.programs.find((program) => program.page === page);
    if (first === undefined) throw new Error(`no program of ${page} runs in a browser`);
    return this.withButtons(first.block, page);
  }
}

function snippetsOf(page: string): PageProgram[] {
  return snippetsIn(readFileSync(join(root, page), 'utf8')).map(({ code, line }) => {
    const id = `${page.replace(/\.md$/, '').replaceAll(/\W+/g, '-')}-${line}`;
    return { id, code, folder: root, page, block: `\`\`\`ts run\n${code}\`\`\`\n` };
  });
}

/** The programs of the tutorial and the recipes, which are files in examples/. */
function examplesOf(page: string): PageProgram[] {
  return programsOn(page).map(({ file, code }) => {
    const id = file.replace(/\.ts$/, '').replaceAll(/\W+/g, '-');
    return { id, code, folder: join(root, dirname(file)), page, block: `\`\`\`ts\n${code}\`\`\`\n` };
  });
}
