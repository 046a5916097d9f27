/** greenhub: greenlets, the hub that runs them, and what they coordinate with. */
import { plugInProcess } from './hub/reports/in-process.ts';

plugInProcess();

export * from './greenlet/index.ts';
export * from './hub/index.ts';
export * from './pool/index.ts';
export * from './sync/index.ts';
