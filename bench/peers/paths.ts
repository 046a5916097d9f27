import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This folder, and the package's own. */
export const here = fileURLToPath(new URL('.', import.meta.url));
export const root = join(here, '../..');

/** The copy of greenhub that is measured. */
export const installed = join(here, 'node_modules/greenhub');

/** Another build of greenhub, with a copy of the programs that import it: see `--beside`. */
export const beside = join(here, 'node_modules/.beside');

/** The compiled programs. They are below `node_modules`, so that no tool takes them for sources. */
export const compiled = join(here, 'node_modules/.programs');
