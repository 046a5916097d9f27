// Written by `npm run build` from what lib/sync/index.ts exports. Do not edit.

/** Of each class of lib/sync, the methods that give operations. All of them only wait. */
export const coordination: Readonly<Record<string, readonly string[]>> = {
  AsyncResult: ['get', 'wait'],
  Barrier: ['wait'],
  BoundedSemaphore: ['acquire', 'hold'],
  Channel: ['put', 'get', 'peek', 'next'],
  Condition: ['wait', 'waitFor'],
  Event: ['wait'],
  JoinableQueue: ['put', 'get', 'peek', 'next', 'join'],
  LifoQueue: ['put', 'get', 'peek', 'next'],
  Lock: ['acquire', 'hold'],
  PriorityQueue: ['put', 'get', 'peek', 'next'],
  Queue: ['put', 'get', 'peek', 'next'],
  RateLimiter: ['take'],
  RLock: ['acquire', 'hold'],
  Semaphore: ['acquire', 'hold'],
};
