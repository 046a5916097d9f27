export type { AcquireOptions } from './acquirable.ts';
export { AsyncResult } from './async-result.ts';
export { Empty, Full, ShutDown } from './errors.ts';
export { Event } from './event.ts';
export { Local } from './local.ts';
export { Lock } from './lock.ts';
export { Queue } from './queue.ts';
export { Semaphore } from './semaphore.ts';
