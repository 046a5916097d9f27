import { plugInProcess } from '../hub/reports/in-process.ts';

plugInProcess();

export { isPatched, type PatchName, type PatchOptions, patchAll } from './all-patches.ts';
export {
  type ChildMethods,
  type Command,
  type CommunicateOptions,
  type Communication,
  type ExitStatus,
  type Output,
  type OutputTimeout,
  patchChildProcess,
} from './child-process.ts';
export { patchDns } from './dns.ts';
export { patchEvents } from './events.ts';
export { patchFetch } from './fetch.ts';
export { getOriginal, unpatchAll } from './patches.ts';
export { patchPromise } from './promise.ts';
export { type SignalHandle, signalHandler } from './signal-handler.ts';
export {
  type BodyMethods,
  type DatagramMethods,
  patchSocket,
  type ReadMethods,
  type SendMethods,
  type ServerMethods,
} from './socket.ts';
export { patchTimers } from './timers.ts';
