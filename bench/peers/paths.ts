import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This folder, and the package's own. */
export const here = fileURLToPath(new URL('.', import.meta.url));
export const root = join(here, '../..');

/** Where greenhub is installed for measuring. */
export const installed = join(here, 'node_modules/greenhub');

/** Where the programs are that are run: below `node_modules`, so that nothing takes them for sources. */
export const compiled = join(here, 'node_modules/.programs');
