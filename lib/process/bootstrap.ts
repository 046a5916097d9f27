/** What runs in a child process or thread that greenhub has started. */
import { plugInProcess } from '../hub/reports/in-process.ts';
import { bootChild } from './child/boot-child.ts';

plugInProcess();

bootChild(
  {
    manager: () => import('./manager/run-manager.ts'),
    process: () => import('./process/run-process.ts'),
    pool: () => import('./pool/run-pool-worker.ts'),
  },
  () => Promise.all([import('./shared/kinds.ts'), import('./manager/kinds.ts')]),
);
