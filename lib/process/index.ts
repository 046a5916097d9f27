export type { Channel } from './channel/channel.ts';
export { AuthenticationError, BrokenPipeError, ConnectionLostError, EOFError, WorkerLostError } from './errors.ts';
export * from './shared/kinds.ts';
export type { MemoryType, Numeric } from './shared/memory.ts';
export { registerError } from './travel/error-classes.ts';
export { remote } from './travel/remote.ts';
export type { Target, TargetArgs, TargetModule, TargetResult } from './travel/target.ts';
