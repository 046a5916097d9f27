import { remote } from '../../../lib/process/travel/remote.ts';

export const triple = remote(import.meta.url, 'triple', (n: number) => 3 * n);
