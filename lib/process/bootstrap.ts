/** What runs in a child process or thread that greenhub has started. */
import { bootChild } from './child/boot-child.ts';

bootChild(
  {
    manager: () => import('./manager/run-manager.ts'),
    process: () => import('./process/run-process.ts'),
    pool: () => import('./pool/run-pool-worker.ts'),
  },
  () => Promise.all([import('./shared/kinds.ts'), import('./manager/kinds.ts')]),
);
