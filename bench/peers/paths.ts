import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This folder, and the package's own. */
export const here = fileURLToPath(new URL('.', import.meta.url));
export const root = join(here, '../..');

/** The copy of greenhub that is measured. */
export const installed = join(here, 'node_modules/greenhub');

/** The compiled programs. They are below `node_modules`, so that no tool takes them for sources. */
export const compiled = join(here, 'node_modules/.programs');
