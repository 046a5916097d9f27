/** Everything that can be inside a message. A child loads it before it reads its first message, because its target may not. */
export { Barrier } from './barrier.ts';
export { BoundedSemaphore } from './bounded-semaphore.ts';
export { Condition } from './condition.ts';
export { Event } from './event.ts';
export { JoinableQueue } from './joinable-queue.ts';
export { Lock } from './lock.ts';
export { Connection, Pipe, type PipeOptions } from './pipe.ts';
export { Queue } from './queue.ts';
export { RLock } from './rlock.ts';
export { Semaphore } from './semaphore.ts';
export { SharedArray } from './shared-array.ts';
export { Value } from './value.ts';
