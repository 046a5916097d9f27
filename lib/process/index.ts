import { plugInProcess } from '../hub/reports/in-process.ts';

plugInProcess();

export { isMainProcess } from './child/here.ts';
export { AuthenticationError, BrokenPipeError, ConnectionLostError, EOFError, WorkerLostError } from './errors.ts';
export type { HostAddress, ManagerAddress } from './manager/address.ts';
export type { DictEntries } from './manager/dict.ts';
export type { DictKey } from './manager/dict-service.ts';
export * from './manager/kinds.ts';
export { type ConnectOptions, type ManagedOptions, Manager, type ManagerOptions } from './manager/manager.ts';
export { offload } from './pool/offload.ts';
export type { ApplyAsyncOptions, ApplyOptions, ImapOptions, MapAsyncOptions, PoolMapOptions } from './pool/options.ts';
export type { PoolResult } from './pool/pool-result.ts';
export { ProcessPool } from './pool/process-pool.ts';
export type { PoolOptions, ProcessPoolOptions } from './pool/settings.ts';
export { ThreadPool } from './pool/thread-pool.ts';
export type { TargetItem } from './pool/worker-pool.ts';
export { activeChildren } from './process/children.ts';
export { type CurrentProcess, cpuCount, currentProcess, type ParentProcess, parentProcess } from './process/current.ts';
export type { ProcessOptions, ProcessTarget } from './process/options.ts';
export { Process, type TerminateOptions } from './process/process.ts';
export * from './shared/kinds.ts';
export type { MemoryType, Numeric } from './shared/memory.ts';
export { registerError } from './travel/error-classes.ts';
export { remote } from './travel/remote.ts';
export type { Target, TargetArgs, TargetModule, TargetResult } from './travel/target.ts';
