export { call } from './call.ts';
export { GreenletError, GreenletExit } from './errors.ts';
export type { Coroutine, Operation, Suspend } from './operation.ts';
export { getcurrent, greenlet, RawGreenlet } from './raw-greenlet.ts';
export type { Switch } from './switch.ts';
export { settrace, type TraceHook } from './trace.ts';
