/** What runs in a child process or thread that greenhub has started. */
import { bootChild } from './child/boot-child.ts';

bootChild(
  {
    process: () => import('./process/run-process.ts'),
    pool: () => import('./pool/run-pool-worker.ts'),
  },
  () => import('./shared/kinds.ts'),
);
