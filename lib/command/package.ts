import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CommandError } from './errors.ts';

/** The folder of the package that this command is a part of. */
const own = fileURLToPath(new URL('../..', import.meta.url));

/** The version of this package. */
export function version(): string {
  return JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')).version;
}

/**
 * Finds an entry of the greenhub that a program uses. A second copy would have a hub of its own, which knows nothing of the program.
 *
 * @param program the path of the program
 * @param entry such as `monkey/register`
 * @throws CommandError if that greenhub has no such entry
 */
export function entryFor(program: string, entry: string): string {
  const file = join(folderFor(program), 'dist', `${entry}.js`);
  if (!existsSync(file)) throw new CommandError(`the greenhub of ${program} is of another version: it has no ${file}`);
  return pathToFileURL(file).href;
}

/** The file that Node would run. */
export function programPath(program: string): string {
  try {
    return createRequire(join(process.cwd(), 'index.js')).resolve(resolve(program));
  } catch {
    throw new CommandError(`there is no program ${program}`);
  }
}

function folderFor(program: string): string {
  try {
    return dirname(createRequire(program).resolve('greenhub/package.json'));
  } catch {
    // The program has none. It may still load ours by its path.
    return own;
  }
}
